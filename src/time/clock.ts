/** Time as this code needs it: `systemClock` in production, a manual one in tests. */
export interface Clock {
  /** Milliseconds that only grow; every duration and deadline is measured with it. */
  monotonicMs(): number;
  /** Milliseconds since 1970 UTC; only for what people read (`lastStateChange`, an envelope's `time`). */
  epochMs(): number;
  /** Calls back once after `delayMs`, never keeping the process alive. Answers how to cancel it. */
  startTimer(delayMs: number, onElapsed: () => void): () => void;
}

/** This machine's time. Its timers never keep the process alive. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  epochMs: () => Date.now(),
  startTimer: (delayMs, onElapsed) => {
    const timer = setTimeout(onElapsed, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
