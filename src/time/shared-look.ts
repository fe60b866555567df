import type { Clock } from './clock.js';

export interface SharedLookPorts<T> {
  /** Never rejects. */
  readonly look: () => Promise<T>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** How long an answer is fresh enough. */
  readonly freshMs: number;
  /** Whether an answer is kept: a failure is read again. */
  readonly keeps: (answer: T) => boolean;
  /** Longest rest after a slow look; absent: ten seconds. */
  readonly mostRestMs?: number;
  /** Grows with each change that this process makes itself: an answer from before the change is fresh for only `changedFreshMs`. */
  readonly changes?: () => number;
}

/** A slow read is not repeated soon: reading takes at most a twentieth of the time, where no shorter rest is asked for. */
const restShare = 20;
const longestRestMs = 10_000;
const changedFreshMs = 1_000;

/** Callers that ask at the same time, or again soon, share one answer. */
export const createSharedLook = <T>({
  look,
  clock,
  freshMs,
  keeps,
  mostRestMs = longestRestMs,
  changes = () => 0,
}: SharedLookPorts<T>): (() => Promise<T>) => {
  let looking: Promise<T> | undefined;
  let last:
    | { readonly answer: T; readonly atMs: number; readonly restMs: number; readonly changes: number }
    | undefined;

  const lookNow = async (): Promise<T> => {
    const [startedMs, changesBefore] = [clock.monotonicMs(), changes()];
    const answer = await look();
    const atMs = clock.monotonicMs();
    const restMs = Math.min(mostRestMs, (atMs - startedMs) * restShare);
    last = keeps(answer) ? { answer, atMs, restMs, changes: changesBefore } : undefined;
    looking = undefined;
    return answer;
  };

  return async () => {
    if (last !== undefined) {
      const goodMs = last.changes === changes() ? freshMs : Math.min(freshMs, changedFreshMs);
      if (clock.monotonicMs() - last.atMs < Math.max(goodMs, last.restMs)) return last.answer;
    }
    looking ??= lookNow();
    return looking;
  };
};
