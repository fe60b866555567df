import { performance as unfaked } from 'node:perf_hooks';

/** Time as this code needs it: `systemClock` or `appClock` in production, a manual one in tests. */
export interface Clock {
  /** Milliseconds that only grow; every duration and deadline is measured with it. */
  monotonicMs(): number;
  /** Milliseconds since 1970 UTC; only for what people read (`lastStateChange`, an envelope's `time`). */
  epochMs(): number;
  /** Calls back once after `delayMs`, never keeping the process alive. Answers how to cancel it. */
  startTimer(delayMs: number, onElapsed: () => void): () => void;
}

/** The longest delay that a timer takes: about 24.8 days. */
export const longestTimerMs = 2 ** 31 - 1;

/** This machine's time. Its timers never keep the process alive. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  epochMs: () => Date.now(),
  startTimer: (delayMs, onElapsed) => {
    const timer = setTimeout(onElapsed, delayMs);
    // Where timers are numbers, as in a simulated browser, nothing is kept alive.
    timer.unref?.();
    return () => clearTimeout(timer);
  },
};

/**
 * The same for an app, whose breakers read the time twice at every call: the global `performance`, which fake timers replace, is looked
 * up anew at each reading, and that takes a fifth of it.
 */
export const appClock: Clock = { ...systemClock, monotonicMs: () => unfaked.now() };

/** Waits for `work`, but no longer than `timeoutMs`. Rejects when `work` does in that time. */
export const waitAtMost = async (
  work: Promise<unknown>,
  timeoutMs: number,
  clock: Pick<Clock, 'startTimer'>,
): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.startTimer(timeoutMs, resolve);
  await Promise.race([work, promise]);
  cancel();
};

/**
 * Answers as `work` does, but no later than the abort: an SDK may look at its signal between steps only. The work's
 * own late answer is dropped. `toError` makes what is thrown from the signal's reason.
 */
export const stopOnAbort = <T>(
  signal: AbortSignal,
  toError: (reason: unknown) => Error,
  work: () => Promise<T>,
): Promise<T> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) throw toError(signal.reason);
    const stop = () => reject(toError(signal.reason));
    const leave = () => signal.removeEventListener('abort', stop);
    signal.addEventListener('abort', stop, { once: true });
    work().then(resolve, reject).finally(leave);
  });
