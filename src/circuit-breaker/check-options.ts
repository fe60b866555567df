import type { CircuitBreakerOptions, CircuitBreakerOptionsPatch } from './circuit-breaker-options.js';
import { CircuitBreakerOptionsError, type OptionProblem } from './circuit-breaker-options-error.js';

/** Calls in the rate window before rates are judged, unless the options say otherwise. */
export const defaultMinimumCalls = 10;

interface FieldRule {
  readonly optional: boolean;
  readonly holds: (value: number) => boolean;
  readonly expected: string;
}

/** The longest delay a timer takes, about 24.8 days. */
const maxDurationMs = 2 ** 31 - 1;
const maxCount = 1_000_000;

const whole = (value: number, max: number): boolean => Number.isInteger(value) && value >= 1 && value <= max;

const count = {
  optional: false,
  holds: (value: number) => whole(value, maxCount),
  expected: `a whole number from 1 to ${maxCount}`,
};
const duration = {
  optional: false,
  holds: (value: number) => whole(value, maxDurationMs),
  expected: `whole milliseconds from 1 to ${maxDurationMs}`,
};
const deadline = {
  optional: false,
  holds: (value: number) => value === Number.POSITIVE_INFINITY || duration.holds(value),
  expected: `${duration.expected}, or Infinity for none`,
};
const rate = { optional: true, holds: (value: number) => value > 0 && value <= 1, expected: 'above 0 and at most 1' };
const growth = { optional: true, holds: (value: number) => value >= 1 && value <= 100, expected: 'from 1 to 100' };
const jitter = { optional: true, holds: (value: number) => value >= 0 && value < 1, expected: 'from 0 to below 1' };

const rules: Readonly<Record<keyof CircuitBreakerOptions, FieldRule>> = {
  failureThreshold: count,
  windowMs: duration,
  coolDownMs: duration,
  successThreshold: count,
  operationTimeoutMs: deadline,
  halfOpenMaxConcurrent: count,
  fairTimeoutMs: { ...duration, optional: true },
  failureRateThreshold: rate,
  slowCallRateThreshold: rate,
  slowCallDurationMs: { ...duration, optional: true },
  minimumCalls: { ...count, optional: true },
  rateWindowCalls: { ...count, optional: true },
  coolDownGrowth: growth,
  maxCoolDownMs: { ...duration, optional: true },
  coolDownJitter: jitter,
  maxConcurrent: { ...count, optional: true },
};

const rulesByField: ReadonlyMap<string, FieldRule> = new Map(Object.entries(rules));
const knownFields = [...rulesByField.keys()].join(', ');

const isRecord = (input: unknown): input is Readonly<Record<string, unknown>> =>
  typeof input === 'object' && input !== null && !Array.isArray(input);

const fieldProblem = ([field, value]: readonly [string, unknown]): readonly OptionProblem[] => {
  const rule = rulesByField.get(field);
  if (rule === undefined) return [{ field, value, expected: `no such field; the fields are ${knownFields}` }];
  if (typeof value === 'number' && rule.holds(value)) return [];
  if (rule.optional && value === null) return [];
  return [{ field, value, expected: rule.optional ? `${rule.expected}, or null for off` : rule.expected }];
};

const missingProblems = (input: CircuitBreakerOptionsPatch): readonly OptionProblem[] =>
  [...rulesByField]
    .filter(([field, rule]) => !rule.optional && !Object.hasOwn(input, field))
    .map(([field, { expected }]) => ({ field, value: undefined, expected }));

/** Throws `CircuitBreakerOptionsError` for a name that is none. */
export const requireName = (name: unknown): void => {
  if (typeof name === 'string' && name !== '') return;
  throw new CircuitBreakerOptionsError([{ field: 'name', value: name, expected: 'a text that is not empty' }]);
};

const togetherProblems = (options: CircuitBreakerOptions): readonly OptionProblem[] => {
  const { coolDownMs, maxCoolDownMs = coolDownMs } = options;
  const { minimumCalls = defaultMinimumCalls, rateWindowCalls = minimumCalls } = options;
  const problems: OptionProblem[] = [];
  if (maxCoolDownMs < coolDownMs) {
    problems.push({ field: 'maxCoolDownMs', value: maxCoolDownMs, expected: `at least coolDownMs, ${coolDownMs}` });
  }
  if (rateWindowCalls < minimumCalls) {
    const expected = `at least minimumCalls, ${minimumCalls}, or rates are never judged`;
    problems.push({ field: 'rateWindowCalls', value: rateWindowCalls, expected });
  }
  return problems;
};

const isPatch = (input: Readonly<Record<string, unknown>>): input is CircuitBreakerOptionsPatch =>
  Object.entries(input).flatMap(fieldProblem).length === 0;

const isWhole = (input: CircuitBreakerOptionsPatch): input is CircuitBreakerOptions =>
  missingProblems(input).length === 0;

/**
 * Checks a change of options field by field, whatever was given; `undefined` is as good as absent.
 * Throws `CircuitBreakerOptionsError` with every problem.
 */
export const readOptionsPatch = (input: unknown): CircuitBreakerOptionsPatch => {
  if (!isRecord(input))
    throw new CircuitBreakerOptionsError([{ field: 'options', value: input, expected: 'an object' }]);
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  if (!isPatch(given)) throw new CircuitBreakerOptionsError(Object.entries(given).flatMap(fieldProblem));
  return given;
};

/** Checks whole options and answers a frozen copy. Throws `CircuitBreakerOptionsError` with every problem. */
export const checkOptions = (input: CircuitBreakerOptionsPatch): CircuitBreakerOptions => {
  const set = Object.entries(readOptionsPatch(input)).filter(([, value]) => value !== null);
  const options: CircuitBreakerOptionsPatch = Object.fromEntries(set);
  if (!isWhole(options)) throw new CircuitBreakerOptionsError(missingProblems(options));
  const problems = togetherProblems(options);
  if (problems.length > 0) throw new CircuitBreakerOptionsError(problems);
  return Object.freeze(options);
};

/** The options after a change, checked whole, so that nothing is half applied. Throws `CircuitBreakerOptionsError`. */
export const patchOptions = (
  current: CircuitBreakerOptions,
  patch: CircuitBreakerOptionsPatch,
): CircuitBreakerOptions => checkOptions({ ...current, ...readOptionsPatch(patch) });
