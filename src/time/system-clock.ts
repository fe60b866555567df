import type { Clock } from './clock.js';

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
