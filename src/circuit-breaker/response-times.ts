/** How long recent calls took, in milliseconds; all zero before the first. */
export interface ResponseTimeSummary {
  /** How many calls this is about: the latest 512 at most. With fewer than 100, `p99` is the longest of them. */
  readonly samples: number;
  readonly average: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

const most = 512;
const fewest = 16;

/** To a hundredth of a millisecond. */
const tidy = (ms: number): number => Math.round(ms * 100) / 100;

/** The value that would be at `place` in order. Moves them so far only: sorting them all takes several times as long. */
const select = (values: Float32Array, place: number): number => {
  let [first, last] = [0, values.length - 1];
  for (;;) {
    const middle = values[place] ?? 0;
    let [low, high] = [first, last];
    while (low <= high) {
      while ((values[low] ?? middle) < middle) low += 1;
      while ((values[high] ?? middle) > middle) high -= 1;
      if (low > high) break;
      const lower = values[high] ?? 0;
      values[high] = values[low] ?? 0;
      values[low] = lower;
      low += 1;
      high -= 1;
    }
    if (place <= high) last = high;
    else if (place >= low) first = low;
    else return middle;
  }
};

const atShare = (times: Float32Array, share: number): number =>
  times.length === 0 ? 0 : tidy(select(times, Math.ceil(times.length * share) - 1));

/** The latest 512 response times. Their memory is taken as it is needed, and does not grow further. */
export class ResponseTimes {
  #latest: Float32Array | undefined;
  #recorded = 0;

  record(durationMs: number): void {
    this.#latest ??= new Float32Array(fewest);
    if (this.#recorded === this.#latest.length && this.#recorded < most) {
      const full = this.#latest;
      this.#latest = new Float32Array(full.length * 2);
      this.#latest.set(full);
    }
    this.#latest[this.#recorded % most] = durationMs;
    this.#recorded += 1;
  }

  /** The 90th percentile of `summary`, for callers that need it often. */
  get p90(): number {
    return atShare(this.#copy(), 0.9);
  }

  summary(): ResponseTimeSummary {
    const times = this.#copy();
    const total = times.reduce((sum, durationMs) => sum + durationMs, 0);
    return {
      samples: times.length,
      average: tidy(total / Math.max(1, times.length)),
      p50: atShare(times, 0.5),
      p90: atShare(times, 0.9),
      p95: atShare(times, 0.95),
      p99: atShare(times, 0.99),
      max: atShare(times, 1),
    };
  }

  #copy(): Float32Array {
    return this.#latest?.slice(0, this.#recorded) ?? new Float32Array();
  }
}
