import {
  type CircuitBreakerOptions,
  CircuitBreakerOptionsError,
  type CircuitBreakerOptionsPatch,
  defaultMinimumCalls,
  isRecord,
  type OptionProblem,
  type OptionRow,
  optionTable,
} from './circuit-breaker-options.js';
import { type CircuitBreakerParts, defaultBreakerOptions } from './presets.js';
import { slowFromMs } from './trip-rules.js';

const rulesByField: ReadonlyMap<string, OptionRow> = new Map(Object.entries(optionTable));
const knownFields = [...rulesByField.keys()].join(', ');

const fieldProblem = ([field, value]: readonly [string, unknown]): readonly OptionProblem[] => {
  const rule = rulesByField.get(field);
  if (rule === undefined) return [{ field, value, expected: `no such field; the fields are ${knownFields}` }];
  if (typeof value === 'number' && rule.holds(value)) return [];
  if (rule.unset === undefined) return [{ field, value, expected: rule.expected }];
  return value === null ? [] : [{ field, value, expected: `${rule.expected}, or null for off` }];
};

const isFunction = (value: unknown): boolean => typeof value === 'function';

const isClock = (value: unknown): boolean =>
  isRecord(value) && ['monotonicMs', 'epochMs', 'startTimer'].every((field) => isFunction(value[field]));

const isNames = (value: unknown): boolean => [value].flat().every((name) => typeof name === 'string');

interface PartRow {
  readonly holds: (value: unknown) => boolean;
  readonly expected: string;
}

const aFunction = { holds: isFunction, expected: 'a function' };

const partTable: ReadonlyMap<string, PartRow> = new Map<keyof CircuitBreakerParts<unknown>, PartRow>([
  ['name', { holds: (value) => typeof value === 'string' && value !== '', expected: 'a text that is not empty' }],
  ['preset', { holds: isNames, expected: 'the name of a preset, or a list of names' }],
  ['options', { holds: isRecord, expected: 'an object' }],
  ['clock', { holds: isClock, expected: 'an object with monotonicMs, epochMs and startTimer' }],
  ['classify', aFunction],
  ['onTransition', aFunction],
  ['onFallback', aFunction],
  ['random', aFunction],
]);

const partProblem = ([field, value]: readonly [string, unknown]): readonly OptionProblem[] => {
  const row = partTable.get(field);
  if (row !== undefined) return row.holds(value) ? [] : [{ field, value, expected: row.expected }];
  const known = `no such field; the fields are ${[...partTable.keys()].join(', ')}`;
  const expected = rulesByField.has(field) ? `inside options: { options: { ${field}: … } }` : known;
  return [{ field, value, expected }];
};

/** Checks what a breaker is to be made of, as far as a type cannot: throws `CircuitBreakerOptionsError` with every problem. */
export const requireParts = (parts: unknown): void => {
  if (!isRecord(parts))
    throw new CircuitBreakerOptionsError([
      { field: 'breaker', value: parts, expected: `such as { name: 'payments' }` },
    ]);
  const given = Object.entries(parts).filter(([, value]) => value !== undefined);
  const problems = [...new Map([['name', undefined], ...given])].flatMap(partProblem);
  if (problems.length > 0) throw new CircuitBreakerOptionsError(problems);
};

const togetherProblems = (options: CircuitBreakerOptions): readonly OptionProblem[] => {
  const { coolDownMs, maxCoolDownMs = coolDownMs, operationTimeoutMs, slowCallRateThreshold } = options;
  const { volumeThreshold = 0, failureCountThreshold = 0, rateWindowCalls = Infinity } = options;
  const { failureRateFactor, minimumCalls = volumeThreshold || defaultMinimumCalls } = options;
  const problems: OptionProblem[] = [];
  const expect = (holds: boolean, field: keyof CircuitBreakerOptions, value: unknown, expected: string): void => {
    if (!holds) problems.push({ field, value, expected });
  };
  expect(maxCoolDownMs >= coolDownMs, 'maxCoolDownMs', maxCoolDownMs, `at least coolDownMs, ${coolDownMs}`);
  const hasRate = failureRateFactor === undefined || options.failureRateThreshold !== undefined;
  expect(hasRate, 'failureRateFactor', failureRateFactor, 'set only with failureRateThreshold, which bounds it');
  const fitsWindow = (least: number, expected: string): void =>
    expect(rateWindowCalls >= least, 'rateWindowCalls', rateWindowCalls, `at least ${expected}`);
  fitsWindow(minimumCalls, `minimumCalls, ${minimumCalls}, or rates are never judged`);
  fitsWindow(volumeThreshold, `volumeThreshold, ${volumeThreshold}`);
  fitsWindow(failureCountThreshold, `failureCountThreshold, ${failureCountThreshold}`);
  const slowMs = slowFromMs(options);
  const needed = slowCallRateThreshold === undefined ? '' : ', which slowCallRateThreshold needs';
  const tooLate = `${operationTimeoutMs}${needed}: a call that would take so long has timed out before`;
  const isReachable = slowMs === Infinity || slowMs < operationTimeoutMs;
  expect(isReachable, 'slowCallDurationMs', slowMs, `below operationTimeoutMs, ${tooLate}`);
  return problems;
};

const isPatch = (input: Readonly<Record<string, unknown>>): input is CircuitBreakerOptionsPatch =>
  Object.entries(input).flatMap(fieldProblem).length === 0;

const isSet = (entry: readonly [string, number | null]): entry is [string, number] => entry[1] !== null;

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

/**
 * The options after a change, checked whole, so that nothing is half applied, and frozen.
 * Throws `CircuitBreakerOptionsError` with every problem.
 */
export const patchOptions = (
  current: CircuitBreakerOptions,
  patch: CircuitBreakerOptionsPatch,
): CircuitBreakerOptions => {
  const set = Object.entries({ ...current, ...readOptionsPatch(patch) }).filter(isSet);
  // Over the defaults, so that all options have one shape, which takes less memory.
  const options: CircuitBreakerOptions = { ...defaultBreakerOptions, ...Object.fromEntries(set) };
  const problems = togetherProblems(options);
  if (problems.length > 0) throw new CircuitBreakerOptionsError(problems);
  return Object.freeze(options);
};
