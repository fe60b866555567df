import type { Clock } from '../../../src/time/clock.js';

/** Real time, as an application would give it. Timers never keep the process alive. */
export const realClock: Clock = {
  monotonicMs: () => performance.now(),
  epochMs: () => Date.now(),
  startTimer: (delayMs, onElapsed) => {
    const timer = setTimeout(onElapsed, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
