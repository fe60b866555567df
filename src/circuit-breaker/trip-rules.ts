import type { CircuitBreakerOptions } from './circuit-breaker-options.js';
import { defaultMinimumCalls, defaultSlowCallDurationMs } from './option-table.js';
import { CountRateWindow, type RateTotals, type RateWindow, TimeRateWindow } from './rate-window.js';

/** Which rule opens a closed breaker. */
export type TripRule = 'failure-threshold' | 'failure-count' | 'failure-rate' | 'slow-call-rate';

/** From which duration on a call is slow; `Infinity` when slow calls are not looked for. */
export const slowFromMs = ({ slowCallDurationMs, slowCallRateThreshold }: CircuitBreakerOptions): number =>
  slowCallDurationMs ?? (slowCallRateThreshold === undefined ? Infinity : defaultSlowCallDurationMs);

/** The window as the options ask, or none when no rule needs it. What `before` holds is kept where its kind is the same. */
export const createRateWindow = (
  options: CircuitBreakerOptions,
  before?: { readonly window: RateWindow | undefined; readonly options: CircuitBreakerOptions },
): RateWindow | undefined => {
  const { failureRateThreshold, slowCallRateThreshold, failureCountThreshold, volumeThreshold } = options;
  const rules = [failureRateThreshold, slowCallRateThreshold, failureCountThreshold, volumeThreshold];
  if (rules.every((rule) => rule === undefined)) return undefined;
  const { rateWindowCalls, windowMs } = options;
  const window = before?.window;
  if (rateWindowCalls === undefined)
    return new TimeRateWindow(windowMs, window instanceof TimeRateWindow ? window : undefined);
  const isSame = window !== undefined && before?.options.rateWindowCalls === rateWindowCalls;
  return isSame ? window : new CountRateWindow(rateWindowCalls);
};

/** Which rule says that the breaker opens, if any. `inRow` is the length of the present run of failures. */
export const trippedRule = (
  inRow: number,
  totals: RateTotals | undefined,
  options: CircuitBreakerOptions,
): TripRule | undefined => {
  const { failureThreshold, failureCountThreshold = Infinity, volumeThreshold = 0 } = options;
  if (totals !== undefined && totals.calls < volumeThreshold) return undefined;
  if (inRow >= failureThreshold) return 'failure-threshold';
  if (totals === undefined) return undefined;
  return totals.failed >= failureCountThreshold ? 'failure-count' : exceededRate(totals, options);
};

const exceededRate = ({ calls, failed, slow }: RateTotals, options: CircuitBreakerOptions): TripRule | undefined => {
  const { failureRateThreshold = Infinity, slowCallRateThreshold = Infinity } = options;
  const { volumeThreshold = defaultMinimumCalls, minimumCalls = volumeThreshold } = options;
  if (calls < minimumCalls) return undefined;
  if (failed / calls >= failureRateThreshold) return 'failure-rate';
  return slow / calls >= slowCallRateThreshold ? 'slow-call-rate' : undefined;
};
