import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { Clock } from '../time/clock.js';

interface Attempts<T, E> {
  readonly clock: Pick<Clock, 'startTimer'>;
  /** At least one. */
  readonly attempts: readonly (() => Promise<CallResult<T, E>>)[];
  /** After so long without an answer the next attempt begins beside those that run; 0: all begin at once. */
  readonly staggerMs: number;
  /** Once aborted, no further attempt begins: somebody else has succeeded. */
  readonly signal?: AbortSignal;
}

/** Makes attempts in their order, the next one as soon as all before it have failed. The first success, else the last failure. */
export const firstSuccess = <T, E>({ clock, attempts, staggerMs, signal }: Attempts<T, E>): Promise<CallResult<T, E>> =>
  new Promise((resolve, reject) => {
    let begun = 0;
    let failed = 0;
    let cancelTimer = (): void => {};
    const end = (result: CallResult<T, E>): void => {
      if (!result.ok) {
        failed += 1;
        if (failed < begun) return;
        if (begun < attempts.length && signal?.aborted !== true) {
          beginNext();
          return;
        }
      }
      cancelTimer();
      resolve(result);
    };
    const beginNext = (): void => {
      cancelTimer();
      const attempt = attempts[begun];
      if (attempt === undefined) return;
      begun += 1;
      attempt().then(end, reject);
      if (begun === attempts.length) return;
      if (staggerMs === 0) beginNext();
      else {
        cancelTimer = clock.startTimer(staggerMs, () => {
          if (signal?.aborted !== true) beginNext();
        });
      }
    };
    beginNext();
  });
