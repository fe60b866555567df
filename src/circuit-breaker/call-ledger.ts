import type { Circuit } from './circuit.js';
import { Listeners } from './listeners.js';
import { slowFromMs, TimeRateWindow } from './trip-rules.js';

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

/** How a call ended, or that it was refused. */
export type CallOutcome = 'success' | 'failure' | 'timeout' | 'ignored' | 'rejected';

/**
 * Told of every call at its end. `reason` is the classifier's word for a call that did not succeed, `timeout` for one that was cut.
 * What it throws or rejects with reaches nobody.
 */
export type CallObserver = (outcome: CallOutcome, durationMs: number, reason?: string) => void;

/** The latest call that counted against the dependency. */
export interface LastFailure {
  /** ISO 8601, UTC, by the present clock. */
  readonly time: string;
  /** `timeout`, `internal` when the classifier threw, what the classifier says, else `failed`. */
  readonly reason: string;
}

const noCounts = {
  successful: 0,
  failed: 0,
  timedOut: 0,
  ignored: 0,
  rejected: 0,
  slow: 0,
  stale: 0,
  fallbacks: 0,
  failedFallbacks: 0,
};

/** Writes down how calls end: counts, response times, and a word to the observers. Its memory does not grow with calls. */
export class CallLedger {
  readonly observers = new Listeners<CallOutcome, number, string | undefined>();
  readonly startedMs: number;
  counts = { ...noCounts };
  responseTimes = new ResponseTimes();
  readonly #circuit: Circuit;
  #recent = new TimeRateWindow();
  #lastFailure: { readonly atMs: number; readonly reason: string } | undefined;
  #lastSuccessMs: number | undefined;

  constructor(circuit: Circuit) {
    this.#circuit = circuit;
    this.startedMs = circuit.nowMs;
  }

  reset(): void {
    this.counts = { ...noCounts };
    this.responseTimes = new ResponseTimes();
    this.#recent = new TimeRateWindow();
  }

  /** For a call that ended before the dependency was asked: refused, or `ignored` because its caller had given up. */
  turnAway(outcome: 'rejected' | 'ignored'): void {
    this.counts[outcome] += 1;
    this.observers.tell(outcome, 0, undefined);
  }

  /** Answers whether the call was slow. `reason` is why it failed, when it did. */
  end(outcome: Exclude<CallOutcome, 'rejected'>, startMs: number, nowMs: number, reason: string): boolean {
    const { counts } = this;
    const { options } = this.#circuit;
    const durationMs = nowMs - startMs;
    const slow = durationMs >= slowFromMs(options);
    if (outcome === 'ignored') counts.ignored += 1;
    else {
      if (slow) counts.slow += 1;
      this.#recent.add(nowMs, options.windowMs, outcome !== 'success', slow);
      this.responseTimes.record(durationMs);
    }
    if (outcome === 'success') {
      counts.successful += 1;
      this.#lastSuccessMs = nowMs;
    }
    if (outcome === 'timeout') counts.timedOut += 1;
    if (outcome === 'failure' || outcome === 'timeout') {
      counts.failed += 1;
      this.#lastFailure = { atMs: nowMs, reason };
    }
    this.observers.tell(outcome, durationMs, outcome === 'success' ? undefined : reason);
    return slow;
  }

  /** Failed calls among the successful and failed ones of the window. */
  get failureRate(): number {
    const { nowMs, options } = this.#circuit;
    const { calls, failed } = this.#recent.totals(nowMs, options.windowMs);
    return calls === 0 ? 0 : failed / calls;
  }

  /** By the present clock, so that one that was set right tells the times right. */
  latest(): { readonly lastFailure: LastFailure | null; readonly lastSuccess: string | null } {
    const offsetMs = this.#circuit.clock.epochMs() - this.#circuit.nowMs;
    const timeOf = (atMs: number): string => new Date(offsetMs + atMs).toISOString();
    const failure = this.#lastFailure;
    return {
      lastFailure: failure === undefined ? null : { time: timeOf(failure.atMs), reason: failure.reason },
      lastSuccess: this.#lastSuccessMs === undefined ? null : timeOf(this.#lastSuccessMs),
    };
  }
}
