import type { Clock } from './clock.js';

/** Calls that begin within this time of the one before are a rush. */
const apartMs = 1;
const timedInRush = 64;
const sampleEvery = 64;

/**
 * Decides which calls are timed, for looking at the clock costs more than all else that a breaker does. Calls that come
 * apart are timed, every one. In a rush the first 64 are, then one in 64.
 */
export class CallSampling {
  readonly #clock: Clock;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #rush = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The monotonic time for a call that is timed, `undefined` for one that is not. */
  look(): number | undefined {
    this.#rush += 1;
    if (this.#rush > timedInRush && this.#rush % sampleEvery !== 0) return undefined;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lookedMs >= apartMs) this.#rush = 0;
    this.#lookedMs = nowMs;
    return nowMs;
  }
}
