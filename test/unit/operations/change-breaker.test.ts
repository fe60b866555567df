import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from '../../../src/circuit-breaker/circuit-breaker.js';
import { defaultBreakerOptions } from '../../../src/circuit-breaker/presets.js';
import { changeBreaker, configurationOf } from '../../../src/operations/operate-breakers.js';
import { ManualClock } from '../../support/manual-clock.js';

const createBreaker = () =>
  new CircuitBreaker<void, unknown>({
    name: 'warehouse',
    options: defaultBreakerOptions,
    classify: (error) => ({ verdict: 'failure', error }),
    clock: new ManualClock(),
  });

describe('change breaker', () => {
  it('answers the whole configuration and what differs from before', () => {
    const breaker = createBreaker();

    const changed = changeBreaker(breaker, { coolDownMs: 5_000, maxConcurrent: 20, windowMs: 60_000 });

    expect(changed).toEqual({
      kind: 'changed',
      configuration: { ...configurationOf(defaultBreakerOptions), coolDownMs: 5_000, maxConcurrent: 20 },
      changes: ['coolDownMs: 30000 -> 5000', 'maxConcurrent: off -> 20'],
    });
    expect(breaker.options).toMatchObject({ coolDownMs: 5_000, maxConcurrent: 20 });
  });

  it('null switches an optional feature off again', () => {
    const breaker = createBreaker();
    changeBreaker(breaker, { maxConcurrent: 20 });

    const changed = changeBreaker(breaker, { maxConcurrent: null });

    expect(changed).toMatchObject({ changes: ['maxConcurrent: 20 -> off'] });
    expect(breaker.options.maxConcurrent).toBeUndefined();
  });

  it('what was answered, sent back, changes nothing', () => {
    const breaker = createBreaker();
    const first = changeBreaker(breaker, { failureRateThreshold: 0.5 });

    const second = changeBreaker(breaker, first.kind === 'changed' ? first.configuration : undefined);

    expect(second).toMatchObject({ kind: 'changed', changes: [] });
  });

  it('with one field wrong nothing is changed, and every wrong field is named', () => {
    const breaker = createBreaker();

    const changed = changeBreaker(breaker, {
      coolDownMs: 5_000,
      failureThreshold: 0,
      windowMs: '60000',
      successThreshold: null,
      failureRateThreshold: 1.5,
      colour: 'red',
    });

    expect(changed).toMatchObject({
      kind: 'invalid',
      problems: ['failureThreshold', 'windowMs', 'successThreshold', 'failureRateThreshold', 'colour'].map((field) => ({
        field,
      })),
    });
    expect(breaker.options).toEqual(defaultBreakerOptions);
  });

  it('fields that do not fit together change nothing', () => {
    const breaker = createBreaker();

    const changed = changeBreaker(breaker, { coolDownMs: 60_000, maxCoolDownMs: 1_000 });

    expect(changed).toMatchObject({ kind: 'invalid', problems: [{ field: 'maxCoolDownMs' }] });
    expect(breaker.options).toEqual(defaultBreakerOptions);
  });

  it.each([
    ['null', null],
    ['a list', [1]],
    ['a text', '{}'],
    ['a number', 5],
  ])('%s instead of an object is refused', (_case, input) => {
    expect(changeBreaker(createBreaker(), input)).toMatchObject({ kind: 'invalid', problems: [{ field: 'options' }] });
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is an unknown field', (field) => {
    const input: unknown = JSON.parse(`{"${field}":{"coolDownMs":1}}`);

    expect(changeBreaker(createBreaker(), input)).toMatchObject({ kind: 'invalid', problems: [{ field }] });
  });
});
