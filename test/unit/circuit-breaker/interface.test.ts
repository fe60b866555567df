import { describe, expect, test } from 'vitest';
import {
  allowsRequests,
  type CircuitBreakerError,
  CircuitBreakerRegistry,
  countsAsFailure,
  isCircuitProtection,
  isFailureState,
} from '../../../src/circuit-breaker/index.js';
import { BreakerOnTest } from './breaker-on-test.js';

describe('breaker: the interface of the requirement', () => {
  test.each([
    ['Closed', true, false],
    ['Open', false, true],
    ['HalfOpen', true, true],
  ] as const)('%s allows requests: %j; is a failure state: %j', (state, allows, fails) => {
    expect([allowsRequests(state), isFailureState(state)]).toEqual([allows, fails]);
  });

  test.each<readonly [CircuitBreakerError<string>, boolean, boolean]>([
    [{ kind: 'operation-failed', breaker: 'orders', cause: 'down' }, true, false],
    [{ kind: 'timeout', breaker: 'orders', timeoutMs: 5 }, true, false],
    [{ kind: 'internal', breaker: 'orders', cause: 'down', classifierError: 'a bug' }, true, false],
    [{ kind: 'circuit-open', breaker: 'orders', retryAfterMs: 5 }, false, true],
    [{ kind: 'too-many-concurrent-requests', breaker: 'orders', retryAfterMs: 5 }, false, true],
  ])('$kind: counts as failure, is circuit protection', (error, counts, protection) => {
    expect([countsAsFailure(error), isCircuitProtection(error)]).toEqual([counts, protection]);
  });

  test('the factory makes breakers by configuration, also typed ones', async () => {
    const factory = new CircuitBreakerRegistry();
    const untyped = factory.create({ name: 'bytes', options: { failureThreshold: 3 } });
    const typed = factory.create<number, RangeError>({
      name: 'numbers',
      classify: () => ({ verdict: 'failure', error: new RangeError('too far') }),
    });

    expect([untyped.name, untyped.options.failureThreshold]).toEqual(['bytes', 3]);
    expect(await typed.call(async () => 7)).toEqual({ ok: true, value: 7 });
  });

  test('the success rate is of all requests, and 1 before the first', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 1 });
    const before = onTest.breaker.snapshot().successRate;
    await onTest.succeed(2);
    await onTest.fail();
    await onTest.begin().result;

    expect([before, onTest.breaker.snapshot().successRate]).toEqual([1, 0.5]);
  });
});
