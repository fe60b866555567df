import { decodeDuration, encodeDuration } from './small-duration.js';

/** How long recent calls took, in milliseconds; all zero before the first. */
export interface ResponseTimeSummary {
  readonly average: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

const capacity = 64;

/** The latest 64 response times, to a 64th of a millisecond or a 2048th of itself, in memory that does not grow. */
export class ResponseTimes {
  readonly #latest = new Uint16Array(capacity);
  #recorded = 0;

  record(durationMs: number): void {
    this.#latest[this.#recorded % capacity] = encodeDuration(durationMs);
    this.#recorded += 1;
  }

  summary(): ResponseTimeSummary {
    const sorted = Array.from(this.#latest.slice(0, this.#recorded).sort(), decodeDuration);
    const total = sorted.reduce((sum, durationMs) => sum + durationMs, 0);
    const atShare = (share: number): number => tidy(sorted[Math.ceil(sorted.length * share) - 1] ?? 0);
    return {
      average: tidy(total / Math.max(1, sorted.length)),
      p50: atShare(0.5),
      p90: atShare(0.9),
      p95: atShare(0.95),
      p99: atShare(0.99),
      max: atShare(1),
    };
  }
}

/** To a hundredth of a millisecond. */
const tidy = (ms: number): number => Math.round(ms * 100) / 100;
