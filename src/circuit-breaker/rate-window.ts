/** Completed calls that a rate window holds: all of them, and how many of them failed or were slow. */
export interface RateTotals {
  readonly calls: number;
  readonly failed: number;
  readonly slow: number;
}

/** The latest completed calls, by count or by time, in bounded memory. */
export interface RateWindow {
  add(nowMs: number, failed: boolean, slow: boolean): void;
  /** Changes nothing. */
  totals(nowMs: number): RateTotals;
}

/** The latest `capacity` calls. */
export class CountRateWindow implements RateWindow {
  readonly #outcomes: Uint8Array;
  #next = 0;
  #calls = 0;
  #failed = 0;
  #slow = 0;

  constructor(capacity: number) {
    this.#outcomes = new Uint8Array(capacity);
  }

  add(_nowMs: number, failed: boolean, slow: boolean): void {
    const replaced = this.#outcomes[this.#next] ?? 0;
    this.#failed += Number(failed) - (replaced & 1);
    this.#slow += Number(slow) - (replaced >> 1);
    this.#outcomes[this.#next] = Number(failed) | (Number(slow) << 1);
    this.#next = (this.#next + 1) % this.#outcomes.length;
    this.#calls = Math.min(this.#calls + 1, this.#outcomes.length);
  }

  totals(): RateTotals {
    return { calls: this.#calls, failed: this.#failed, slow: this.#slow };
  }
}

interface Bucket {
  /** Which stretch of time the bucket counts: its start divided by the bucket's length. */
  period: number;
  calls: number;
  failed: number;
  slow: number;
}

const bucketsPerWindow = 10;

/** The calls of the latest `windowMs`, in ten buckets: old calls leave a tenth of the window at a time. */
export class TimeRateWindow implements RateWindow {
  readonly #bucketMs: number;
  readonly #buckets: readonly Bucket[];

  constructor(windowMs: number) {
    this.#bucketMs = windowMs / bucketsPerWindow;
    this.#buckets = Array.from({ length: bucketsPerWindow }, () => ({ period: 0, calls: 0, failed: 0, slow: 0 }));
  }

  add(nowMs: number, failed: boolean, slow: boolean): void {
    const period = Math.floor(nowMs / this.#bucketMs);
    const bucket = this.#buckets[period % bucketsPerWindow];
    if (bucket === undefined) return;
    if (bucket.period !== period) Object.assign(bucket, { period, calls: 0, failed: 0, slow: 0 });
    bucket.calls += 1;
    bucket.failed += Number(failed);
    bucket.slow += Number(slow);
  }

  totals(nowMs: number): RateTotals {
    const oldest = Math.floor(nowMs / this.#bucketMs) - bucketsPerWindow + 1;
    const totals = { calls: 0, failed: 0, slow: 0 };
    for (const bucket of this.#buckets.filter(({ period }) => period >= oldest)) {
      totals.calls += bucket.calls;
      totals.failed += bucket.failed;
      totals.slow += bucket.slow;
    }
    return totals;
  }
}
