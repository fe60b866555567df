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

/** The latest 512 response times. Their memory is taken as it is needed, and does not grow further. */
export class ResponseTimes {
  #latest: Float32Array | undefined;
  #recorded = 0;

  record(durationMs: number): void {
    this.#latest ??= new Float32Array(fewest);
    if (this.#recorded === this.#latest.length && this.#recorded < most) this.#latest = this.#twice(this.#latest);
    this.#latest[this.#recorded % most] = durationMs;
    this.#recorded += 1;
  }

  summary(): ResponseTimeSummary {
    const sorted = this.#latest?.slice(0, this.#recorded).sort() ?? new Float32Array();
    const total = sorted.reduce((sum, durationMs) => sum + durationMs, 0);
    const atShare = (share: number): number => tidy(sorted[Math.ceil(sorted.length * share) - 1] ?? 0);
    return {
      samples: sorted.length,
      average: tidy(total / Math.max(1, sorted.length)),
      p50: atShare(0.5),
      p90: atShare(0.9),
      p95: atShare(0.95),
      p99: atShare(0.99),
      max: atShare(1),
    };
  }

  #twice(full: Float32Array): Float32Array {
    const longer = new Float32Array(full.length * 2);
    longer.set(full);
    return longer;
  }
}
