import type { CircuitBreakerOptions } from './circuit-breaker-options.js';
import { defaultMinimumCalls, defaultSlowCallDurationMs } from './circuit-breaker-options.js';

/**
 * The present run of consecutive failures: when each of them happened, oldest first. A failure leaves the run once its age
 * reaches the window; age exactly `windowMs` is out.
 */
export class FailureRun {
  readonly #atMs: number[] = [];

  /** Adds a failure and answers how many of the run are still younger than the window. */
  add(nowMs: number, windowMs: number): number {
    const atMs = this.#atMs;
    while (nowMs - (atMs[0] ?? nowMs) >= windowMs) atMs.shift();
    return atMs.push(nowMs);
  }

  /** How old each failure in the window is, oldest first; changes nothing. */
  agesMs(nowMs: number, windowMs: number): readonly number[] {
    return this.#atMs.map((atMs) => nowMs - atMs).filter((ageMs) => ageMs < windowMs);
  }
}

/** Completed calls that a window holds: all of them, and how many of them failed or were slow. */
export interface RateTotals {
  readonly calls: number;
  readonly failed: number;
  readonly slow: number;
}

/** The latest completed calls, by count or by time, in bounded memory. */
export interface RateWindow {
  add(nowMs: number, windowMs: number, failed: boolean, slow: boolean): void;
  totals(nowMs: number, windowMs: number): RateTotals;
}

class Tally {
  calls = 0;
  failed = 0;
  slow = 0;

  count(calls: number, failed: number, slow: number): void {
    this.calls += calls;
    this.failed += failed;
    this.slow += slow;
  }

  totals(_nowMs: number, _windowMs: number): RateTotals {
    return { calls: this.calls, failed: this.failed, slow: this.slow };
  }
}

/** The latest `capacity` calls. */
export class CountRateWindow extends Tally implements RateWindow {
  readonly #outcomes: Uint8Array;
  #next = 0;

  constructor(capacity: number) {
    super();
    this.#outcomes = new Uint8Array(capacity);
  }

  get capacity(): number {
    return this.#outcomes.length;
  }

  add(_nowMs: number, _windowMs: number, failed: boolean, slow: boolean): void {
    const replaced = this.#outcomes[this.#next] ?? 0;
    const isFull = this.calls === this.capacity;
    this.count(isFull ? 0 : 1, Number(failed) - (replaced & 1), Number(slow) - (replaced >> 1));
    this.#outcomes[this.#next] = Number(failed) | (Number(slow) << 1);
    this.#next = (this.#next + 1) % this.capacity;
  }
}

const groupsPerWindow = 100;

/**
 * The calls of the latest `windowMs`. A call leaves when its age is exactly that; calls that began within a hundredth of the window
 * after another leave together with it, so that memory does not grow with the number of calls.
 */
export class TimeRateWindow extends Tally implements RateWindow {
  /** Oldest first. */
  readonly #groups: { readonly sinceMs: number; readonly tally: Tally }[] = [];

  add(nowMs: number, windowMs: number, failed: boolean, slow: boolean): void {
    let group = this.#groups[this.#groups.length - 1];
    if (group === undefined || nowMs - group.sinceMs >= windowMs / groupsPerWindow) {
      this.#forget(nowMs, windowMs);
      group = { sinceMs: nowMs, tally: new Tally() };
      this.#groups.push(group);
    }
    group.tally.count(1, Number(failed), Number(slow));
    this.count(1, Number(failed), Number(slow));
  }

  override totals(nowMs: number, windowMs: number): RateTotals {
    this.#forget(nowMs, windowMs);
    return super.totals(nowMs, windowMs);
  }

  #forget(nowMs: number, windowMs: number): void {
    for (let oldest = this.#groups[0]; oldest !== undefined; oldest = this.#groups[0]) {
      if (nowMs - oldest.sinceMs < windowMs) return;
      this.#groups.shift();
      const { calls, failed, slow } = oldest.tally;
      this.count(-calls, -failed, -slow);
    }
  }
}

/** Which rule opens a closed breaker. */
export type TripRule = 'failure-threshold' | 'failure-count' | 'failure-rate' | 'slow-call-rate';

/** From which duration on a call is slow; `Infinity` when slow calls are not looked for. */
export const slowFromMs = ({ slowCallDurationMs, slowCallRateThreshold }: CircuitBreakerOptions): number =>
  slowCallDurationMs ?? (slowCallRateThreshold === undefined ? Infinity : defaultSlowCallDurationMs);

/** The window as the options ask, or none when no rule needs it: `before`, where it is of the same kind. */
export const createRateWindow = (options: CircuitBreakerOptions, before?: RateWindow): RateWindow | undefined => {
  const { failureRateThreshold, slowCallRateThreshold, failureCountThreshold, volumeThreshold } = options;
  const rules = [failureRateThreshold, slowCallRateThreshold, failureCountThreshold, volumeThreshold];
  if (rules.every((rule) => rule === undefined)) return undefined;
  const { rateWindowCalls } = options;
  if (rateWindowCalls === undefined) return before instanceof TimeRateWindow ? before : new TimeRateWindow();
  const isSame = before instanceof CountRateWindow && before.capacity === rateWindowCalls;
  return isSame ? before : new CountRateWindow(rateWindowCalls);
};

/** The moving average reaches back over so many windows. */
const windowsRemembered = 10;

/** How much of the failure rate at which the breaker opens at the latest is left at least. */
const leastShare = 0.2;

/** The failure rate of a closed breaker as it usually is: at first the one that opens it. */
export class UsualFailureRate {
  #usual: number | undefined;
  #atMs = Number.NEGATIVE_INFINITY;

  /** Learns from the present window, and answers the rate that opens the breaker. */
  threshold({ calls, failed }: RateTotals, nowMs: number, options: CircuitBreakerOptions): number {
    const { failureRateThreshold = 1, failureRateFactor = 1, windowMs } = options;
    const usual = this.#usual ?? failureRateThreshold;
    // After a pause the first call counts for no more than a window.
    const windows = Math.min(1, (nowMs - this.#atMs) / windowMs);
    this.#usual = usual + (failed / calls - usual) * (1 - Math.exp(-windows / windowsRemembered));
    this.#atMs = nowMs;
    return Math.min(failureRateThreshold, Math.max(usual * failureRateFactor, failureRateThreshold * leastShare));
  }
}

/** What a breaker is judged by. */
interface Evidence {
  /** The length of the present run of failures. */
  readonly inRow: number;
  readonly totals: RateTotals | undefined;
  /** The failure rate that opens it. */
  readonly maxFailureRate: number | undefined;
}

/** Which rule says that the breaker opens, if any. */
export const trippedRule = (
  { inRow, totals, maxFailureRate = Infinity }: Evidence,
  options: CircuitBreakerOptions,
): TripRule | undefined => {
  const { failureThreshold, failureCountThreshold = Infinity, volumeThreshold = 0 } = options;
  if (totals !== undefined && totals.calls < volumeThreshold) return undefined;
  if (inRow >= failureThreshold) return 'failure-threshold';
  if (totals === undefined) return undefined;
  const { calls, failed, slow } = totals;
  if (failed >= failureCountThreshold) return 'failure-count';
  const { slowCallRateThreshold = Infinity, minimumCalls = volumeThreshold || defaultMinimumCalls } = options;
  if (calls < minimumCalls) return undefined;
  if (failed / calls >= maxFailureRate) return 'failure-rate';
  return slow / calls >= slowCallRateThreshold ? 'slow-call-rate' : undefined;
};
