import { describe, expect, test } from 'vitest';
import { patchOptions, readOptionsPatch } from '../../../src/circuit-breaker/check-options.js';
import { CircuitBreaker } from '../../../src/circuit-breaker/circuit-breaker.js';
import { CircuitBreakerOptionsError, optionTable } from '../../../src/circuit-breaker/circuit-breaker-options.js';
import {
  breakerPresets,
  defaultBreakerOptions,
  environmentBreakerOptions,
  type PresetName,
} from '../../../src/circuit-breaker/presets.js';
import {
  blobStorageBreakerOptions,
  keyVaultBreakerOptions,
  serviceBusBreakerOptions,
} from '../../../src/settings/azure-breaker-options.js';
import { BreakerOnTest } from './breaker-on-test.js';

const errorOf = (act: () => unknown): CircuitBreakerOptionsError | undefined => {
  try {
    act();
  } catch (error) {
    if (error instanceof CircuitBreakerOptionsError) return error;
    throw error;
  }
  return undefined;
};

const isPreset = (name: string): name is PresetName => name in breakerPresets;

const problemsOf = (act: () => unknown): readonly (readonly [string, unknown])[] =>
  errorOf(act)?.problems.map(({ field, value }) => [field, value]) ?? [];

const problemTextsOf = (act: () => unknown): readonly string[] =>
  errorOf(act)?.message.replace('Circuit breaker options: ', '').split('; ') ?? [];

describe('breaker presets', () => {
  test('are the numbers of REQ-009', () => {
    const row = ({
      failureThreshold,
      windowMs,
      coolDownMs,
      successThreshold,
      operationTimeoutMs,
      halfOpenMaxConcurrent,
      ...rest
    }:
      | typeof defaultBreakerOptions
      | typeof serviceBusBreakerOptions
      | typeof keyVaultBreakerOptions
      | typeof blobStorageBreakerOptions) => [
      failureThreshold,
      windowMs,
      coolDownMs,
      successThreshold,
      operationTimeoutMs,
      halfOpenMaxConcurrent,
      Object.keys(rest),
    ];

    expect(row(defaultBreakerOptions)).toEqual([5, 60_000, 30_000, 3, 10_000, 5, []]);
    expect(row(serviceBusBreakerOptions)).toEqual([5, 60_000, 30_000, 3, 5_000, 3, []]);
    expect(row(blobStorageBreakerOptions)).toEqual([5, 60_000, 30_000, 2, 10_000, 5, []]);
    expect(row(keyVaultBreakerOptions)).toEqual([3, 60_000, 60_000, 2, 5_000, 2, []]);
  });

  test.each(Object.keys(breakerPresets).filter(isPreset))('are known by name, alone and together: %s', (preset) => {
    const { options } = new CircuitBreaker({ name: 'payments', preset });
    const both = new CircuitBreaker({ name: 'payments', preset: [preset, 'development'], options: { windowMs: 7 } });

    expect(options).toEqual({ ...defaultBreakerOptions, ...breakerPresets[preset] });
    expect(both.options).toMatchObject({ ...breakerPresets.development, windowMs: 7 });
  });

  test('are refused when there is none of that name', () => {
    const parts: unknown = { name: 'payments', preset: 'producton' };

    expect(() => Reflect.construct(CircuitBreaker, [parts])).toThrow(
      'preset is "producton", expected one of development, staging, production, database, cache, rpc, external-api',
    );
  });

  test.each([
    ['', '""'],
    [undefined, 'missing'],
    [5, '5'],
  ])('a breaker named %j is refused', (name, shown) => {
    expect(() => Reflect.construct(CircuitBreaker, [{ name }])).toThrow(
      `name is ${shown}, expected a text that is not empty`,
    );
  });

  test.each([
    [undefined, "breaker is missing, expected such as { name: 'payments' }"],
    [null, 'breaker is null'],
    [{ failureThreshold: 3 }, 'failureThreshold is 3, expected inside options: { options: { failureThreshold: … } }'],
    [{ timeout: 3 }, 'timeout is 3, expected no such field; the fields are name, preset, options'],
    [{ options: 5 }, 'options is 5, expected an object'],
    [{ preset: 5 }, 'preset is 5, expected the name of a preset, or a list of names'],
    [{ preset: ['production', 5] }, 'preset is ["production",5], expected the name of a preset, or a list of names'],
    [{ clock: {} }, 'clock is {}, expected an object with monotonicMs, epochMs and startTimer'],
    [{ clock: { epochMs: Date.now } }, 'clock is {}, expected an object with monotonicMs, epochMs and startTimer'],
    [{ classify: 5 }, 'classify is 5, expected a function'],
    [{ onTransition: 'log' }, 'onTransition is "log", expected a function'],
    [{ onFallback: [] }, 'onFallback is [], expected a function'],
    [{ random: 0.5 }, 'random is 0.5, expected a function'],
    [{ options: { failureThreshold: 5n } }, 'failureThreshold is a bigint, expected a whole number'],
    [{ options: { failureThreshold: () => 5 } }, 'failureThreshold is a function, expected a whole number'],
  ])('what plain JavaScript may give, %o, is refused with the reason', (changes, reason) => {
    const parts = changes && { name: 'payments', ...changes };

    expect(() => Reflect.construct(CircuitBreaker, [parts])).toThrow(reason);
    expect(() => Reflect.construct(CircuitBreaker, [parts])).toThrow(CircuitBreakerOptionsError);
  });

  test('are usual where plain JavaScript gives undefined', () => {
    const parts = {
      name: 'payments',
      preset: undefined,
      options: undefined,
      clock: undefined,
      onTransition: undefined,
    };

    expect(Reflect.construct(CircuitBreaker, [parts]).options).toEqual(defaultBreakerOptions);
  });

  test('are valid, alone and in each environment', () => {
    const presets = [
      defaultBreakerOptions,
      serviceBusBreakerOptions,
      blobStorageBreakerOptions,
      keyVaultBreakerOptions,
    ];

    for (const preset of presets) {
      expect(patchOptions(preset, {})).toEqual(preset);
      expect(patchOptions(preset, environmentBreakerOptions.production)).toEqual(preset);
      expect(patchOptions(preset, environmentBreakerOptions.development)).toMatchObject(
        environmentBreakerOptions.development,
      );
    }
  });
});

describe('breaker options', () => {
  test('name the field and the value that cannot be used', () => {
    expect(() => new BreakerOnTest({ failureThreshold: 0 })).toThrow(
      'Circuit breaker options: failureThreshold is 0, expected a whole number from 1 to 10000',
    );
  });

  test('are refused by an error of that name', () => {
    expect(errorOf(() => patchOptions(defaultBreakerOptions, { windowMs: 0 }))).toMatchObject({
      name: 'CircuitBreakerOptionsError',
    });
  });

  test('name their units, and what they are while they are not set', () => {
    expect(Object.entries(optionTable).map(([field, { unit, unset }]) => [field, unit, unset])).toEqual([
      ['failureThreshold', 'failures', undefined],
      ['windowMs', 'ms', undefined],
      ['coolDownMs', 'ms', undefined],
      ['successThreshold', 'calls', undefined],
      ['operationTimeoutMs', 'ms', undefined],
      ['halfOpenMaxConcurrent', 'calls', undefined],
      ['fairTimeoutMs', 'ms', 'off'],
      ['failureCountThreshold', 'failures', 'off'],
      ['failureRateThreshold', 'share', 'off'],
      ['failureRateFactor', 'factor', 'off'],
      ['slowCallRateThreshold', 'share', 'off'],
      ['slowCallDurationMs', 'ms', 'off, or 5000 with `slowCallRateThreshold`'],
      ['volumeThreshold', 'calls', 'off'],
      ['minimumCalls', 'calls', '`volumeThreshold`, else 10'],
      ['rateWindowCalls', 'calls', 'off'],
      ['coolDownGrowth', 'factor', 'off'],
      ['maxCoolDownMs', 'ms', 'one day, or `coolDownMs` where that is more'],
      ['coolDownJitter', 'share', 'off'],
      ['maxConcurrent', 'calls', 'off'],
      ['maxCallsPerSecond', 'calls', 'off'],
      ['maxWaiting', 'calls', 'off'],
      ['maxFallbacks', 'calls', 'off'],
    ]);
  });

  test('report every problem at once', () => {
    const act = () => patchOptions(defaultBreakerOptions, { windowMs: -1, coolDownJitter: 1, maxConcurrent: 0.5 });

    expect(problemsOf(act)).toEqual([
      ['windowMs', -1],
      ['coolDownJitter', 1],
      ['maxConcurrent', 0.5],
    ]);
  });

  test('have a value for each of the six that REQ-009 names, whatever else is set', () => {
    expect(Object.keys(patchOptions(defaultBreakerOptions, {}))).toEqual([
      'failureThreshold',
      'windowMs',
      'coolDownMs',
      'successThreshold',
      'operationTimeoutMs',
      'halfOpenMaxConcurrent',
    ]);
  });

  test.each([
    ['failureThreshold', [1, 10_000], [0, 1.5, 10_001, Number.NaN, '5', null, true]],
    ['windowMs', [1, 2_147_483_647], [0, 0.5, 2_147_483_648, Number.POSITIVE_INFINITY, null]],
    ['coolDownMs', [1, 2_147_483_647], [0, 2_147_483_648]],
    ['successThreshold', [1, 1_000_000], [0]],
    ['operationTimeoutMs', [1, Number.POSITIVE_INFINITY], [0, 1.5, 2_147_483_648, Number.NEGATIVE_INFINITY]],
    ['halfOpenMaxConcurrent', [1, 10_000], [0, 10_001]],
    ['failureCountThreshold', [1, 10_000, null], [0, 10_001]],
    ['volumeThreshold', [1, 1_000_000, null], [0, 1.5]],
    ['failureRateThreshold', [0.01, 1, null], [0, 1.01, -1, '0.5']],
    ['slowCallRateThreshold', [0.01, 1, null], [0, 1.01]],
    ['slowCallDurationMs', [1, 9_999, null], [0, 1.5]],
    ['minimumCalls', [1, 1_000_000, null], [0, 1.5]],
    ['rateWindowCalls', [10, 1_000_000, null], [0, 1.5]],
    ['coolDownGrowth', [1, 1.5, 100, null], [0.99, 101]],
    ['maxCoolDownMs', [30_000, 2_147_483_647, null], [0, 1.5]],
    ['coolDownJitter', [0, 0.99, null], [-0.01, 1]],
    ['maxConcurrent', [1, 1_000_000, null], [0, 1.5]],
    ['maxCallsPerSecond', [1, 1_000_000, null], [0, 1.5]],
    ['maxWaiting', [1, 10_000, null], [0, 1.5, 10_001]],
    ['maxFallbacks', [1, 1_000_000, null], [0, 1.5]],
  ])('%s takes %j and refuses %j', (field, good, bad) => {
    const patched = (value: unknown) => () => patchOptions(defaultBreakerOptions, readOptionsPatch({ [field]: value }));

    for (const value of good) expect(problemsOf(patched(value))).toEqual([]);
    for (const value of bad) expect(problemsOf(patched(value))).toEqual([[field, value]]);
  });

  test.each([
    ['failureThreshold', 'a whole number from 1 to 10000'],
    ['windowMs', 'whole milliseconds from 1 to 2147483647'],
    ['operationTimeoutMs', 'whole milliseconds from 1 to 2147483647, or Infinity for none'],
    ['failureRateThreshold', 'above 0 and at most 1, or null for off'],
    ['slowCallDurationMs', 'whole milliseconds from 1 to 2147483647, or null for off'],
    ['minimumCalls', 'a whole number from 1 to 1000000, or null for off'],
    ['coolDownGrowth', 'from 1 to 100, or null for off'],
    ['coolDownJitter', 'from 0 to below 1, or null for off'],
  ])('%s says that it is %s', (field, expected) => {
    const act = () => readOptionsPatch({ [field]: -5, windowMs: field === 'windowMs' ? -5 : 'a minute' });

    expect(problemTextsOf(act)).toContain(`${field} is -5, expected ${expected}`);
  });

  test('show what is no number, as it is', () => {
    expect(problemTextsOf(() => readOptionsPatch({ windowMs: Number.NaN }))).toEqual([
      'windowMs is NaN, expected whole milliseconds from 1 to 2147483647',
    ]);
  });

  test('say what must be at least what', () => {
    const together = { maxCoolDownMs: 1, rateWindowCalls: 5, minimumCalls: 6 };

    expect(problemTextsOf(() => patchOptions(defaultBreakerOptions, together))).toEqual([
      'maxCoolDownMs is 1, expected at least coolDownMs, 30000',
      'rateWindowCalls is 5, expected at least minimumCalls, 6, or rates are never judged',
    ]);
    expect(problemTextsOf(() => readOptionsPatch([]))).toEqual(['options is [], expected an object']);
  });

  test('know no other field', () => {
    expect(problemsOf(() => readOptionsPatch({ failureTreshold: 5 }))).toEqual([['failureTreshold', 5]]);
    expect(() => readOptionsPatch({ failureTreshold: 5 })).toThrow(
      /no such field; the fields are failureThreshold, windowMs, .+, maxFallbacks$/,
    );
  });

  test.each([null, undefined, 5, 'x', [], [{ windowMs: 1 }]])('are an object, not %j', (input) => {
    expect(problemsOf(() => readOptionsPatch(input))).toEqual([['options', input]]);
  });

  test('take undefined for absent and null for off', () => {
    const options = patchOptions(
      { ...defaultBreakerOptions, maxConcurrent: 3 },
      readOptionsPatch({ windowMs: undefined, maxConcurrent: null }),
    );

    expect(options).toEqual(defaultBreakerOptions);
    expect(options).not.toHaveProperty('maxConcurrent');
  });

  test('must fit together: a cap below the cool-down, a window too small to be judged', () => {
    const capped = () => patchOptions(defaultBreakerOptions, { maxCoolDownMs: 29_999 });
    const never = () => patchOptions(defaultBreakerOptions, { rateWindowCalls: 9 });
    const alsoNever = () => patchOptions(defaultBreakerOptions, { rateWindowCalls: 5, minimumCalls: 6 });

    expect(problemsOf(capped)).toEqual([['maxCoolDownMs', 29_999]]);
    expect(problemsOf(never)).toEqual([['rateWindowCalls', 9]]);
    expect(problemsOf(alsoNever)).toEqual([['rateWindowCalls', 5]]);
    expect(() => never()).toThrow(/rateWindowCalls is 9, expected at least minimumCalls, 10/);
    expect(patchOptions(defaultBreakerOptions, { rateWindowCalls: 5, minimumCalls: 5 })).toBeDefined();
  });

  test('refuse a slow-call threshold that the operation timeout makes unreachable, set or by default', () => {
    const slow = { slowCallRateThreshold: 0.5 };
    const set = () => patchOptions(defaultBreakerOptions, { slowCallDurationMs: 10_000 });
    const byDefault = () => patchOptions(serviceBusBreakerOptions, slow);

    expect(problemTextsOf(set)).toEqual([
      'slowCallDurationMs is 10000, expected below operationTimeoutMs, 10000: a call that would take so long has timed out before',
    ]);
    expect(problemTextsOf(byDefault)).toEqual([
      'slowCallDurationMs is 5000, expected below operationTimeoutMs, 5000, which slowCallRateThreshold needs: a call that would take so long has timed out before',
    ]);
    expect(patchOptions(serviceBusBreakerOptions, { ...slow, slowCallDurationMs: 4_999 })).toBeDefined();
    expect(patchOptions(defaultBreakerOptions, { ...slow, operationTimeoutMs: Infinity })).toBeDefined();
  });

  test.each(['volumeThreshold', 'failureCountThreshold'])('refuse a window that never holds the %s', (field) => {
    const patched = (least: number) =>
      patchOptions(defaultBreakerOptions, { minimumCalls: 1, rateWindowCalls: 11, [field]: least });

    expect(problemTextsOf(() => patched(12))).toEqual([`rateWindowCalls is 11, expected at least ${field}, 12`]);
    expect(patched(11)).toMatchObject({ rateWindowCalls: 11 });
  });

  test('cannot be changed behind the breaker’s back', () => {
    const given = { ...defaultBreakerOptions, failureThreshold: 7 };
    const onTest = new BreakerOnTest(given);

    given.failureThreshold = 1;

    expect(onTest.breaker.options.failureThreshold).toBe(7);
    expect(Object.isFrozen(onTest.breaker.options)).toBe(true);
  });

  test('show long values shortened', () => {
    expect(() => readOptionsPatch({ windowMs: 'x'.repeat(500) })).toThrow(/windowMs is "x{79}, expected/);
  });
});
