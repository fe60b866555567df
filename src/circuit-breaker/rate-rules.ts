import { defaultMinimumCalls } from './check-options.js';
import type { CircuitBreakerOptions } from './circuit-breaker-options.js';
import { CountRateWindow, type RateTotals, type RateWindow, TimeRateWindow } from './rate-window.js';

const defaultSlowCallDurationMs = 5_000;

/** From which duration on a call is slow; `Infinity` when slow calls are not looked for. */
export const slowFromMs = ({ slowCallDurationMs, slowCallRateThreshold }: CircuitBreakerOptions): number =>
  slowCallDurationMs ?? (slowCallRateThreshold === undefined ? Infinity : defaultSlowCallDurationMs);

/** An empty window as the options ask, or none when they set no rate. */
export const createRateWindow = (options: CircuitBreakerOptions): RateWindow | undefined => {
  const { failureRateThreshold, slowCallRateThreshold, rateWindowCalls, windowMs } = options;
  if (failureRateThreshold === undefined && slowCallRateThreshold === undefined) return undefined;
  return rateWindowCalls === undefined ? new TimeRateWindow(windowMs) : new CountRateWindow(rateWindowCalls);
};

/** Which rate has reached its threshold, if any; too few calls say nothing. */
export const exceededRate = (
  { calls, failed, slow }: RateTotals,
  options: CircuitBreakerOptions,
): 'failure-rate' | 'slow-call-rate' | undefined => {
  const {
    failureRateThreshold = Infinity,
    slowCallRateThreshold = Infinity,
    minimumCalls = defaultMinimumCalls,
  } = options;
  if (calls < minimumCalls) return undefined;
  if (failed / calls >= failureRateThreshold) return 'failure-rate';
  return slow / calls >= slowCallRateThreshold ? 'slow-call-rate' : undefined;
};
