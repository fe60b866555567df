import { ResponseTimes } from './response-times.js';

/** Every call up to this many a second is timed, beyond that one in `sampleEvery`: looking at the clock is what costs most. */
const timedPerSecond = 100;
const sampleEvery = 16;

/** What has become of the calls since the last reset. The counts only grow; the memory does not. */
export class CallMetrics {
  readonly responseTimes = new ResponseTimes();
  successful = 0;
  failed = 0;
  timedOut = 0;
  ignored = 0;
  rejected = 0;
  slow = 0;
  stale = 0;
  #secondStartMs = Number.NEGATIVE_INFINITY;
  #seenInSecond = 0;

  /** Whether a call that began at `startMs` is to be timed. */
  samples(startMs: number): boolean {
    if (startMs - this.#secondStartMs >= 1_000) {
      this.#secondStartMs = startMs;
      this.#seenInSecond = 0;
    }
    this.#seenInSecond += 1;
    return this.#seenInSecond <= timedPerSecond || this.#seenInSecond % sampleEvery === 0;
  }
}
