import type { Clock } from '../time/clock.js';

/** Calls that begin within this time of the one before are a rush. */
const apartMs = 1;
const timedInRush = 64;
const untimedInRush = 63;

/**
 * Decides which calls are timed, for looking at the clock costs more than all else that a breaker does. Calls that come
 * apart are timed, every one. In a rush the first 64 are, then one in 64.
 */
export class CallSampling {
  readonly #clock: Clock;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #rush = 0;
  #untimedLeft = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The monotonic time for a call that is timed, `undefined` for one that is not. */
  startMs(): number | undefined {
    if (this.#untimedLeft === 0) return this.#look();
    this.#untimedLeft -= 1;
    return undefined;
  }

  #look(): number {
    const nowMs = this.#clock.monotonicMs();
    this.#rush = nowMs - this.#lookedMs < apartMs ? this.#rush + 1 : 0;
    this.#lookedMs = nowMs;
    if (this.#rush >= timedInRush) this.#untimedLeft = untimedInRush;
    return nowMs;
  }
}
