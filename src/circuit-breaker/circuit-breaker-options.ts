import { longestTimerMs } from '../time/clock.js';

/** How a breaker judges and waits. Durations are whole milliseconds; the optional features are off unless set. */
export interface CircuitBreakerOptions {
  /** So many consecutive failures, all younger than `windowMs`, open the breaker. Bounded, for each is remembered. */
  readonly failureThreshold: number;
  /** How long a failure counts, and the length of the sliding window of calls unless `rateWindowCalls` is set. */
  readonly windowMs: number;
  /** How long the breaker stays open before it lets probes through. */
  readonly coolDownMs: number;
  /** So many successful probes close the breaker. */
  readonly successThreshold: number;
  /** Longest time one call may take. `Infinity` sets no deadline, except for probes, which then get `coolDownMs`. */
  readonly operationTimeoutMs: number;
  /**
   * What is fair to the dependency: the end of a shorter deadline that a caller set (`timeoutMs` of its call) is ignored, and such
   * a call makes room for a fair one when it holds the last probe's slot. Unset, every timeout is a failure.
   */
  readonly fairTimeoutMs?: number;
  /** Most probes at once while half-open. */
  readonly halfOpenMaxConcurrent: number;
  /** So many failures in the window open the breaker, whatever succeeded between them. */
  readonly failureCountThreshold?: number;
  /** Share of failed calls in the window that opens the breaker. */
  readonly failureRateThreshold?: number;
  /**
   * The breaker opens already at so many times the usual failure rate, a moving average over about ten windows: at
   * `failureRateThreshold` at the latest, at a fifth of that at the earliest.
   */
  readonly failureRateFactor?: number;
  /** Share of slow calls in the window that opens the breaker; a slow probe then re-opens it. */
  readonly slowCallRateThreshold?: number;
  /** A call that takes this long or longer is slow. Below `operationTimeoutMs`, or no call would ever be. */
  readonly slowCallDurationMs?: number;
  /** No rule opens the breaker before the window holds so many calls. */
  readonly volumeThreshold?: number;
  /** Rates are judged once the window holds so many calls; `volumeThreshold` where that is set. */
  readonly minimumCalls?: number;
  /** Makes the window the latest so many calls instead of the latest `windowMs`. */
  readonly rateWindowCalls?: number;
  /** Each re-opening without a close in between multiplies the cool-down by this factor. */
  readonly coolDownGrowth?: number;
  /** Upper bound of a grown cool-down. */
  readonly maxCoolDownMs?: number;
  /** Shortens each cool-down at random by up to this share, so that instances do not probe together. */
  readonly coolDownJitter?: number;
  /** Bulkhead: most calls at once, in any state. */
  readonly maxConcurrent?: number;
  /** Most calls a second, in any state; a further one is refused like one above the bulkhead. */
  readonly maxCallsPerSecond?: number;
  /**
   * So many calls wait instead of being refused when the bulkhead is full, all probes run or `maxCallsPerSecond` is reached: the higher
   * `priority` first, no longer than their deadline. A longer line refuses its last. Unset, nobody waits.
   */
  readonly maxWaiting?: number;
  /** Most fallbacks of `execute` at once; above it the call throws why it failed. */
  readonly maxFallbacks?: number;
}

/** A change of options: absent fields stay, `null` switches an optional feature off. */
export type CircuitBreakerOptionsPatch = {
  readonly [Field in keyof CircuitBreakerOptions]?:
    | CircuitBreakerOptions[Field]
    | (undefined extends CircuitBreakerOptions[Field] ? null : never);
};

export const isRecord = (input: unknown): input is Readonly<Record<string, unknown>> =>
  typeof input === 'object' && input !== null && !Array.isArray(input);

/** One option that cannot be used: its name, the value it has, and what was expected instead. */
export interface OptionProblem {
  readonly field: string;
  readonly value: unknown;
  readonly expected: string;
}

/** What JSON has no text for, such as a function or a BigInt, is named by its type. */
const shown = (value: unknown): string => {
  if (typeof value === 'number') return String(value);
  try {
    return JSON.stringify(value) ?? (value === undefined ? 'missing' : `a ${typeof value}`);
  } catch {
    return `a ${typeof value}`;
  }
};

const describe = ({ field, value, expected }: OptionProblem): string =>
  `${field} is ${shown(value).slice(0, 80)}, expected ${expected}`;

/** Options that cannot be used. `problems` holds every one of them, the message names each field and value. */
export class CircuitBreakerOptionsError extends RangeError {
  override readonly name = 'CircuitBreakerOptionsError';
  readonly problems: readonly OptionProblem[];

  constructor(problems: readonly OptionProblem[]) {
    super(`Circuit breaker options: ${problems.map(describe).join('; ')}`);
    this.problems = problems;
  }
}

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

const count = (max: number, unit = 'calls'): OptionRow => ({
  unit,
  holds: (value: number) => Number.isInteger(value) && value >= 1 && value <= max,
  expected: `a whole number from 1 to ${max}`,
});

const duration: OptionRow = {
  ...count(longestTimerMs, 'ms'),
  expected: `whole milliseconds from 1 to ${longestTimerMs}`,
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
