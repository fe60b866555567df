import type { CircuitBreakerOptions } from '../circuit-breaker/circuit-breaker-options.js';

/** Every option of a breaker; `null` for a feature that is off. Sent back as a change, it changes nothing. */
export type BreakerConfiguration = { readonly [Field in keyof CircuitBreakerOptions]-?: number | null };

const allOff: BreakerConfiguration = {
  failureThreshold: null,
  windowMs: null,
  coolDownMs: null,
  successThreshold: null,
  operationTimeoutMs: null,
  halfOpenMaxConcurrent: null,
  fairTimeoutMs: null,
  failureCountThreshold: null,
  failureRateThreshold: null,
  failureRateFactor: null,
  slowCallRateThreshold: null,
  slowCallDurationMs: null,
  volumeThreshold: null,
  minimumCalls: null,
  rateWindowCalls: null,
  coolDownGrowth: null,
  maxCoolDownMs: null,
  coolDownJitter: null,
  maxConcurrent: null,
  maxCallsPerSecond: null,
  maxWaiting: null,
  maxFallbacks: null,
};

export const configurationOf = (options: CircuitBreakerOptions): BreakerConfiguration => ({ ...allOff, ...options });
