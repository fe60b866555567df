import { describe, expect, test } from 'vitest';
import { defaultBreakerOptions } from '../../../src/circuit-breaker/presets.js';
import { UsualFailureRate } from '../../../src/circuit-breaker/trip-rules.js';
import { BreakerOnTest } from './breaker-on-test.js';

const never = { failureThreshold: 10_000 };

describe('breaker: failures counted within the window', () => {
  test('open it whatever succeeded between them, the count and not one earlier', async () => {
    const onTest = new BreakerOnTest({ ...never, failureCountThreshold: 3 });
    await onTest.fail();
    await onTest.succeed(5);
    await onTest.fail();
    await onTest.succeed(5);
    const before = onTest.breaker.state;
    await onTest.fail();

    expect(before).toBe('Closed');
    expect(onTest.steps).toEqual(['Closed → Open (failure-count)']);
  });

  test.each([
    [59_999, 'Open'],
    [60_000, 'Closed'],
  ])('that are %i ms apart leave it %s: a window of 60 s is 60 s', async (apartMs, state) => {
    const onTest = new BreakerOnTest({ ...never, failureCountThreshold: 2 });
    await onTest.fail();
    onTest.clock.advance(apartMs);
    await onTest.fail();

    expect(onTest.breaker.state).toBe(state);
  });

  test.each([
    [59_999, 'Open'],
    [60_000, 'Closed'],
  ])('as a share: a failure %i ms ago leaves it %s', async (ageMs, state) => {
    const onTest = new BreakerOnTest({ ...never, failureRateThreshold: 0.5, minimumCalls: 2 });
    await onTest.fail();
    onTest.clock.advance(ageMs);
    await onTest.succeed();

    expect(onTest.breaker.state).toBe(state);
  });

  test('take no more memory for a hundred thousand calls than for a hundred, and leave with the first of their hundredth', async () => {
    const onTest = new BreakerOnTest({ ...never, failureRateThreshold: 1, minimumCalls: 1_000_000 });
    for (let call = 0; call < 1_000; call += 1) {
      await onTest.succeed();
      onTest.clock.advance(0.5);
    }
    const { rateWindow } = onTest.breaker.snapshot();
    onTest.clock.advance(59_500);

    expect(rateWindow?.calls).toBe(1_000);
    expect(onTest.breaker.snapshot().rateWindow?.calls).toBe(0);
  });
});

describe('breaker: the minimum volume', () => {
  test('gates the run of failures: it opens with the failure that makes the calls enough', async () => {
    const onTest = new BreakerOnTest({ volumeThreshold: 8 });
    await onTest.fail(7);
    const before = onTest.breaker.state;
    await onTest.fail();

    expect(before).toBe('Closed');
    expect(onTest.steps).toEqual(['Closed → Open (failure-threshold)']);
  });

  test('gates the count of failures', async () => {
    const onTest = new BreakerOnTest({ ...never, failureCountThreshold: 2, volumeThreshold: 5 });
    await onTest.fail(2);
    await onTest.succeed(2);
    const before = onTest.breaker.state;
    await onTest.succeed();

    expect(before).toBe('Closed');
    expect(onTest.steps).toEqual(['Closed → Open (failure-count)']);
  });

  test('gates both rates in place of the ten calls that they need otherwise', async () => {
    const failing = new BreakerOnTest({ ...never, failureRateThreshold: 0.5, volumeThreshold: 3 });
    await failing.fail(3);
    const slow = new BreakerOnTest({ ...never, slowCallRateThreshold: 0.5, volumeThreshold: 3 });
    for (let call = 0; call < 3; call += 1) {
      const begun = slow.begin();
      slow.clock.advance(5_000);
      await begun.succeed();
    }

    expect(failing.steps).toEqual(['Closed → Open (failure-rate)']);
    expect(slow.steps).toEqual(['Closed → Open (slow-call-rate)']);
  });

  test('counts completed calls of the window alone', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 2, volumeThreshold: 3, operationTimeoutMs: Infinity });
    await onTest.succeed(2);
    onTest.begin();
    await onTest.ignore();
    onTest.clock.advance(60_000);
    await onTest.fail(2);

    expect(onTest.breaker.state).toBe('Closed');
  });
});

describe('breaker: a change of options', () => {
  const rates = { ...never, failureRateThreshold: 0.9, minimumCalls: 2 };

  test.each([
    ['another threshold', { failureRateThreshold: 0.8 }],
    ['another cool-down', { coolDownMs: 1_000 }],
    ['a longer window', { windowMs: 90_000 }],
    ['a further rule', { volumeThreshold: 9 }],
  ])('empties no window that it does not concern: %s', async (_what, patch) => {
    const onTest = new BreakerOnTest(rates);
    await onTest.succeed(3);

    onTest.breaker.updateOptions(patch);

    expect(onTest.breaker.snapshot().rateWindow).toEqual({ calls: 3, failed: 0, slow: 0 });
  });

  test('to a shorter window leaves the young calls in', async () => {
    const onTest = new BreakerOnTest(rates);
    await onTest.succeed(3);
    onTest.clock.advance(20_000);
    await onTest.succeed(2);

    onTest.breaker.updateOptions({ windowMs: 20_000 });

    expect(onTest.breaker.snapshot().rateWindow?.calls).toBe(2);
  });

  test('keeps a window of the latest calls while its length is the same, and begins a new one otherwise', async () => {
    const onTest = new BreakerOnTest({ ...rates, rateWindowCalls: 20 });
    await onTest.succeed(3);

    onTest.breaker.updateOptions({ failureRateThreshold: 0.8 });
    const kept = onTest.breaker.snapshot().rateWindow?.calls;
    onTest.breaker.updateOptions({ rateWindowCalls: 30 });

    expect([kept, onTest.breaker.snapshot().rateWindow?.calls]).toEqual([3, 0]);
  });
});

test('breaker: its usual failure rate moves by the time that has passed, a tenth of the way in a window', () => {
  const options = { ...defaultBreakerOptions, windowMs: 10_000, failureRateThreshold: 0.5, failureRateFactor: 1 };
  const usual = new UsualFailureRate();
  const well = { calls: 10, failed: 0, slow: 0 };
  for (let atMs = 0; atMs <= 10_000; atMs += 1_000) usual.threshold(well, atMs, options);

  expect(usual.threshold(well, 10_000, options)).toBeCloseTo(0.5 * Math.exp(-0.2), 10);
});
