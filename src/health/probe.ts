import type { Clock } from '../time/clock.js';

/** Touches one dependency, past its breaker; rejects when it cannot be reached. */
export type Probe = (signal: AbortSignal) => Promise<unknown>;

export interface ProbeResult {
  readonly healthy: boolean;
  readonly message: 'Reachable' | 'Unreachable' | 'No answer in time';
  readonly durationMs: number;
}

/** Runs one probe under a deadline. What the dependency said about its failure never leaves. */
export const runProbe = async (probe: Probe, clock: Clock, deadlineMs: number): Promise<ProbeResult> => {
  const startedMs = clock.monotonicMs();
  const controller = new AbortController();
  const deadline = Promise.withResolvers<'No answer in time'>();
  const cancel = clock.startTimer(deadlineMs, () => {
    deadline.resolve('No answer in time');
    controller.abort();
  });
  const touched = probe(controller.signal).then(
    () => 'Reachable' as const,
    () => 'Unreachable' as const,
  );
  const message = await Promise.race([touched, deadline.promise]);
  cancel();
  return { healthy: message === 'Reachable', message, durationMs: Math.round(clock.monotonicMs() - startedMs) };
};
