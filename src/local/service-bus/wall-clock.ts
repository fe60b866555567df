import type { Clock } from '../../circuit-breaker/clock.js';

/** This machine's clock, for a stand-in that was given no other. */
export const wallClock: Clock = {
  monotonicMs: () => performance.now(),
  epochMs: () => Date.now(),
  startTimer: (delayMs, onElapsed) => {
    const timer = setTimeout(onElapsed, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
