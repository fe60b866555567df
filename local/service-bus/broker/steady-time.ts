import type { Clock } from '../../../src/time/clock.js';

/** Milliseconds since 1970 that never jump when the machine's clock is set: right at the start, monotonic from there. */
export function steadyTime(clock: Clock): () => number {
  const startMs = clock.epochMs() - clock.monotonicMs();
  return () => startMs + clock.monotonicMs();
}
