import type { CircuitBreakerOptions } from './circuit-breaker-options.js';

/** What one option may be. Its meaning stands beside its type, in `CircuitBreakerOptions`. */
export interface OptionRow {
  readonly unit: string;
  /** What an optional one is while it is not set; absent where every breaker has one. */
  readonly unset?: string;
  readonly holds: (value: number) => boolean;
  readonly expected: string;
}

/** Calls in the window before rates are judged, unless the options say otherwise. */
export const defaultMinimumCalls = 10;

/** From which duration on a call is slow, when only its rate is set. */
export const defaultSlowCallDurationMs = 5_000;

/** The longest delay a timer takes, about 24.8 days. */
const maxDurationMs = 2 ** 31 - 1;

const count = (max: number, unit = 'calls'): OptionRow => ({
  unit,
  holds: (value: number) => Number.isInteger(value) && value >= 1 && value <= max,
  expected: `a whole number from 1 to ${max}`,
});

const duration: OptionRow = {
  ...count(maxDurationMs, 'ms'),
  expected: `whole milliseconds from 1 to ${maxDurationMs}`,
};

const deadline: OptionRow = {
  ...duration,
  holds: (value: number) => value === Number.POSITIVE_INFINITY || duration.holds(value),
  expected: `${duration.expected}, or Infinity for none`,
};

const between = (unit: string, holds: OptionRow['holds'], expected: string): OptionRow => ({
  unit,
  unset: 'off',
  holds,
  expected,
});

const share = between('share', (value) => value > 0 && value <= 1, 'above 0 and at most 1');

const factor = between('factor', (value) => value >= 1 && value <= 100, 'from 1 to 100');

const optional = (row: OptionRow, unset = 'off'): OptionRow => ({ ...row, unset });

const maxCount = 1_000_000;
/** The time of each of these failures is remembered. */
const maxFailures = 10_000;

/** Every option that there is. */
export const optionTable: Readonly<Record<keyof CircuitBreakerOptions, OptionRow>> = {
  failureThreshold: count(maxFailures, 'failures'),
  windowMs: duration,
  coolDownMs: duration,
  successThreshold: count(maxCount),
  operationTimeoutMs: deadline,
  halfOpenMaxConcurrent: count(maxFailures),
  fairTimeoutMs: optional(duration),
  failureCountThreshold: optional(count(maxFailures, 'failures')),
  failureRateThreshold: share,
  failureRateFactor: factor,
  slowCallRateThreshold: share,
  slowCallDurationMs: optional(duration, `off, or ${defaultSlowCallDurationMs} with \`slowCallRateThreshold\``),
  volumeThreshold: optional(count(maxCount)),
  minimumCalls: optional(count(maxCount), `\`volumeThreshold\`, else ${defaultMinimumCalls}`),
  rateWindowCalls: optional(count(maxCount)),
  coolDownGrowth: factor,
  maxCoolDownMs: optional(duration, 'one day, or `coolDownMs` where that is more'),
  coolDownJitter: between('share', (value) => value >= 0 && value < 1, 'from 0 to below 1'),
  maxConcurrent: optional(count(maxCount)),
  maxCallsPerSecond: optional(count(maxCount)),
  maxWaiting: optional(count(maxFailures)),
  maxFallbacks: optional(count(maxCount)),
};
