import { type Clock, systemClock } from '../../src/time/clock.js';

/** This machine's time, which a test may put forward: real operations take as long as they take, a cool-down takes no time. */
export class LeapingClock implements Clock {
  #aheadMs = 0;

  leap(ms: number): void {
    this.#aheadMs += ms;
  }

  monotonicMs(): number {
    return systemClock.monotonicMs() + this.#aheadMs;
  }

  epochMs(): number {
    return systemClock.epochMs() + this.#aheadMs;
  }

  startTimer(delayMs: number, onElapsed: () => void): () => void {
    return systemClock.startTimer(delayMs, onElapsed);
  }
}
