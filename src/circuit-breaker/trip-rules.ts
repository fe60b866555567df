import type { CircuitBreakerOptions } from './circuit-breaker-options.js';
import { defaultMinimumCalls, defaultSlowCallDurationMs } from './option-table.js';
import { CountRateWindow, type RateTotals, type RateWindow, TimeRateWindow } from './rate-window.js';

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
