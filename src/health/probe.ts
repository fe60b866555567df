import type { FaultReason } from '../faults/fault-reason.js';
import type { Clock } from '../time/clock.js';
import { adviceFor, type Service } from './advice.js';
import type { HealthCheck } from './health-check.js';

/** Touches one dependency, past its breaker; rejects when it cannot be reached. */
export type Probe = (signal: AbortSignal) => Promise<unknown>;

export interface ProbeRun {
  readonly service: Service;
  readonly probe: Probe;
  /** What the dependency's error says, in one word. */
  readonly reasonOf: (thrown: unknown) => FaultReason;
  readonly clock: Clock;
  readonly deadlineMs: number;
}

/** Something answered there, though not as it should. */
const answers: ReadonlySet<FaultReason> = new Set([
  'unauthorized',
  'throttled',
  'server-error',
  'not-found',
  'disabled',
  'full',
  'refused',
]);

const messageOf = (reason: FaultReason): string => {
  if (answers.has(reason)) return `Refused: ${reason}`;
  if (reason === 'timeout') return 'No answer in time';
  return reason === 'unreachable' ? 'Unreachable' : `Unreachable: ${reason}`;
};

type Ending =
  | { readonly kind: 'reached' }
  | { readonly kind: 'failed'; readonly message: string; readonly reason: FaultReason };

/** Runs one probe under a deadline. What the dependency said about its failure never leaves but for its kind. */
export const runProbe = async ({ service, probe, reasonOf, clock, deadlineMs }: ProbeRun): Promise<HealthCheck> => {
  const startedMs = clock.monotonicMs();
  const controller = new AbortController();
  const deadline = Promise.withResolvers<Ending>();
  const cancel = clock.startTimer(deadlineMs, () => {
    deadline.resolve({ kind: 'failed', message: messageOf('timeout'), reason: 'timeout' });
    controller.abort();
  });
  const touched = probe(controller.signal).then(
    (): Ending => ({ kind: 'reached' }),
    (thrown: unknown): Ending => {
      const reason = reasonOf(thrown);
      return { kind: 'failed', message: messageOf(reason), reason };
    },
  );
  const ending = await Promise.race([touched, deadline.promise]);
  cancel();
  const durationMs = Math.round(clock.monotonicMs() - startedMs);
  if (ending.kind === 'reached') return { healthy: true, status: 'Healthy', message: 'Reachable', durationMs };
  const { message, reason } = ending;
  return { healthy: false, status: 'Degraded', message, reason, action: adviceFor(service, reason), durationMs };
};
