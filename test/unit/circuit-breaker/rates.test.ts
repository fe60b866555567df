import { describe, expect, test } from 'vitest';
import { BreakerOnTest, Fault } from './breaker-on-test.js';

/** Consecutive failures alone never open these. */
const patient = { failureThreshold: 1_000 };

const alternate = async (onTest: BreakerOnTest, calls: number): Promise<void> => {
  for (let call = 0; call < calls; call += 1) await (call % 2 === 0 ? onTest.fail() : onTest.succeed());
};

const answerIn = async (onTest: BreakerOnTest, durationMs: number): Promise<void> => {
  const call = onTest.begin();
  onTest.clock.advance(durationMs);
  await call.succeed();
};

describe('breaker: the failure rate', () => {
  test('opens at its threshold, once there are enough calls', async () => {
    const onTest = new BreakerOnTest({ ...patient, failureRateThreshold: 0.5 });

    await alternate(onTest, 9);
    const afterNine = onTest.breaker.state;
    await onTest.succeed();

    expect(afterNine).toBe('Closed');
    expect(onTest.steps).toEqual(['Closed → Open (failure-rate)']);
  });

  test('is off unless set', async () => {
    const onTest = new BreakerOnTest(patient);

    await onTest.fail(900);

    expect(onTest.breaker.state).toBe('Closed');
    expect(onTest.breaker.snapshot().rateWindow).toBeNull();
  });

  test('just below its threshold changes nothing', async () => {
    const onTest = new BreakerOnTest({ ...patient, failureRateThreshold: 0.5, minimumCalls: 3 });

    await onTest.succeed(4);
    await onTest.fail(3);

    expect(onTest.breaker.state).toBe('Closed');
    expect(onTest.breaker.snapshot().rateWindow).toEqual({ calls: 7, failed: 3, slow: 0 });
  });

  test('a share that binary fractions cannot hold is reached exactly', async () => {
    const onTest = new BreakerOnTest({ ...patient, failureRateThreshold: 0.1, minimumCalls: 30 });

    await onTest.succeed(27);
    await onTest.fail(3);

    expect(onTest.breaker.state).toBe('Open');
  });

  test('running, rejected and ignored calls are not in its base', async () => {
    const onTest = new BreakerOnTest({ ...patient, failureRateThreshold: 0.5, minimumCalls: 2, maxConcurrent: 4 });
    const running = [1, 2, 3].map(() => onTest.begin());
    await onTest.ignore(5);
    const last = onTest.begin();
    await onTest.begin().result;

    await last.fail();
    const afterOne = onTest.breaker.snapshot();
    await running[0]?.succeed();

    expect(afterOne).toMatchObject({ state: 'Closed', rejected: 1, rateWindow: { calls: 1, failed: 1, slow: 0 } });
    expect(onTest.breaker.state).toBe('Open');
  });

  test('consecutive failures still open it before enough calls are there', async () => {
    const onTest = new BreakerOnTest({ failureRateThreshold: 0.9 });

    await onTest.fail(5);

    expect(onTest.steps).toEqual(['Closed → Open (failure-threshold)']);
  });

  test('calls leave the window a tenth of it at a time, and idle time empties it', async () => {
    const onTest = new BreakerOnTest({ ...patient, failureRateThreshold: 0.9, minimumCalls: 100 });
    await onTest.succeed(3);
    onTest.clock.advance(30_000);
    await onTest.fail(2);

    onTest.clock.advance(29_999);
    const all = onTest.breaker.snapshot().rateWindow;
    onTest.clock.advance(1);
    const youngOnes = onTest.breaker.snapshot().rateWindow;
    onTest.clock.advance(30_000);
    const none = onTest.breaker.snapshot().rateWindow;

    expect(all).toEqual({ calls: 5, failed: 2, slow: 0 });
    expect(youngOnes).toEqual({ calls: 2, failed: 2, slow: 0 });
    expect(none).toEqual({ calls: 0, failed: 0, slow: 0 });
  });

  test('a bucket that is used again forgets what it held a window ago', async () => {
    const onTest = new BreakerOnTest({ ...patient, failureRateThreshold: 0.9, minimumCalls: 100 });
    await onTest.succeed(3);

    onTest.clock.advance(60_000);
    await onTest.fail();

    expect(onTest.breaker.snapshot().rateWindow).toEqual({ calls: 1, failed: 1, slow: 0 });
  });

  test('a transition clears the window', async () => {
    const onTest = new BreakerOnTest({ ...patient, failureRateThreshold: 0.5, successThreshold: 1 });
    await alternate(onTest, 10);
    onTest.clock.advance(30_000);

    await onTest.succeed();

    expect(onTest.breaker.snapshot()).toMatchObject({ state: 'Closed', rateWindow: { calls: 0, failed: 0, slow: 0 } });
  });

  test('over a count window, only the latest calls matter', async () => {
    const options = { ...patient, failureRateThreshold: 0.5, minimumCalls: 4, rateWindowCalls: 4 };
    const onTest = new BreakerOnTest(options);
    await onTest.succeed(100);
    onTest.clock.advance(3_600_000);

    await onTest.fail();
    const afterOne = onTest.breaker.snapshot();
    await onTest.fail();

    expect(afterOne).toMatchObject({ state: 'Closed', rateWindow: { calls: 4, failed: 1, slow: 0 } });
    expect(onTest.breaker.state).toBe('Open');
  });

  test('over a count window, failures that have left it are forgotten', async () => {
    const options = { ...patient, failureRateThreshold: 0.6, minimumCalls: 5, rateWindowCalls: 5 };
    const onTest = new BreakerOnTest(options);

    await onTest.fail(2);
    await onTest.succeed(5);
    await onTest.fail(2);

    expect(onTest.breaker.snapshot()).toMatchObject({ state: 'Closed', rateWindow: { calls: 5, failed: 2 } });
  });
});

describe('breaker: the slow-call rate', () => {
  const slowCalls = { slowCallRateThreshold: 0.5, minimumCalls: 4 };

  test('opens at its threshold; a call of exactly the slow duration is slow', async () => {
    const onTest = new BreakerOnTest(slowCalls);

    await answerIn(onTest, 4_999);
    await answerIn(onTest, 5_000);
    await answerIn(onTest, 4_999);
    const afterThree = onTest.breaker.snapshot();
    await answerIn(onTest, 5_000);

    expect(afterThree).toMatchObject({ state: 'Closed', slow: 1, rateWindow: { calls: 3, failed: 0, slow: 1 } });
    expect(onTest.steps).toEqual(['Closed → Open (slow-call-rate)']);
  });

  test('over a count window, slow calls that have left it are forgotten', async () => {
    const options = { slowCallDurationMs: 10, slowCallRateThreshold: 1, minimumCalls: 3, rateWindowCalls: 3 };
    const onTest = new BreakerOnTest(options);
    const windows: unknown[] = [];

    for (const durationMs of [10, 1, 10, 10, 1, 1]) {
      await answerIn(onTest, durationMs);
      windows.push(onTest.breaker.snapshot().rateWindow);
    }

    expect(windows).toEqual([
      { calls: 1, failed: 0, slow: 1 },
      { calls: 2, failed: 0, slow: 1 },
      { calls: 3, failed: 0, slow: 2 },
      { calls: 3, failed: 0, slow: 2 },
      { calls: 3, failed: 0, slow: 2 },
      { calls: 3, failed: 0, slow: 1 },
    ]);
  });

  test('over a count window, a call can be both failed and slow', async () => {
    const options = {
      ...patient,
      slowCallDurationMs: 10,
      slowCallRateThreshold: 1,
      minimumCalls: 2,
      rateWindowCalls: 2,
    };
    const onTest = new BreakerOnTest(options);
    const call = onTest.begin();
    onTest.clock.advance(10);
    await call.fail();
    const both = onTest.breaker.snapshot().rateWindow;

    await onTest.fail();
    await onTest.succeed();

    expect(both).toEqual({ calls: 1, failed: 1, slow: 1 });
    expect(onTest.breaker.snapshot().rateWindow).toEqual({ calls: 2, failed: 1, slow: 0 });
  });

  test('a slow failure is slow too', async () => {
    const onTest = new BreakerOnTest({
      ...slowCalls,
      minimumCalls: 1,
      slowCallDurationMs: 100,
      slowCallRateThreshold: 1,
    });
    const call = onTest.begin();

    onTest.clock.advance(100);
    await call.fail();

    expect(onTest.steps).toEqual(['Closed → Open (slow-call-rate)']);
    expect(onTest.breaker.snapshot()).toMatchObject({ slow: 1, failed: 1, consecutiveFailures: 1 });
  });

  test('slow calls are counted without a rate, and open nothing', async () => {
    const onTest = new BreakerOnTest({ slowCallDurationMs: 100 });

    for (let call = 0; call < 20; call += 1) await answerIn(onTest, 100);

    expect(onTest.breaker.snapshot()).toMatchObject({ state: 'Closed', slow: 20, rateWindow: null });
  });

  test('slow calls are not looked for unless an option asks', async () => {
    const onTest = new BreakerOnTest();

    await answerIn(onTest, 9_999);

    expect(onTest.breaker.snapshot().slow).toBe(0);
  });

  test('every call is timed, in a rush too', async () => {
    const onTest = new BreakerOnTest({ ...slowCalls, minimumCalls: 1_000 });
    const calls = Array.from({ length: 500 }, () => onTest.begin());

    onTest.clock.advance(5_000);
    await Promise.all(calls.map((call) => call.succeed()));

    expect(onTest.breaker.snapshot()).toMatchObject({ slow: 500, rateWindow: { calls: 500, failed: 0, slow: 500 } });
  });

  test('without a rate, slow calls are counted in a rush too', async () => {
    const onTest = new BreakerOnTest({ slowCallDurationMs: 5_000 });
    const calls = Array.from({ length: 500 }, () => onTest.begin());

    onTest.clock.advance(5_000);
    await Promise.all(calls.map((call) => call.succeed()));

    expect(onTest.breaker.snapshot().slow).toBe(500);
  });

  test('with the rate set, a slow probe re-opens it', async () => {
    const onTest = new BreakerOnTest({ ...slowCalls, successThreshold: 1 });
    await onTest.openAndCoolDown();

    await answerIn(onTest, 5_000);

    expect(onTest.steps.at(-1)).toBe('HalfOpen → Open (probe-slow)');
    expect(onTest.breaker.retryAfterMs).toBe(30_000);
    expect(onTest.breaker.snapshot()).toMatchObject({ successful: 1, failed: 5, consecutiveFailures: 5 });
  });

  test('without the rate, a slow probe is a success', async () => {
    const onTest = new BreakerOnTest({ slowCallDurationMs: 5_000, successThreshold: 1 });
    await onTest.openAndCoolDown();

    await answerIn(onTest, 5_000);

    expect(onTest.breaker.state).toBe('Closed');
  });

  test('an ignored call is never slow', async () => {
    const onTest = new BreakerOnTest({ ...slowCalls, minimumCalls: 1 });
    const call = onTest.begin();

    onTest.clock.advance(6_000);
    await call.fail(new Fault('ignored'));

    expect(onTest.breaker.snapshot()).toMatchObject({ state: 'Closed', slow: 0, ignored: 1 });
  });
});

describe('breaker: a failure rate that follows the usual one', () => {
  const adaptive = { ...patient, failureRateThreshold: 0.5, failureRateFactor: 4, minimumCalls: 20 };
  const minuteMs = 60_000;

  /** One minute of 20 calls, spread over it. */
  const minute = async (onTest: BreakerOnTest, failures: number): Promise<void> => {
    for (let call = 0; call < 20; call += 1) {
      await (call < failures ? onTest.fail() : onTest.succeed());
      onTest.clock.advance(minuteMs / 20);
    }
  };

  const failuresUntilOpen = async (onTest: BreakerOnTest): Promise<number> => {
    for (let failures = 1; ; failures += 1) {
      await onTest.fail();
      if (onTest.breaker.state === 'Open') return failures;
    }
  };

  test('opens at the threshold as long as nothing is known', async () => {
    const onTest = new BreakerOnTest(adaptive);
    await onTest.succeed(11);

    expect(await failuresUntilOpen(onTest)).toBe(11);
  });

  test('opens sooner where failures are rare, at a fifth of the threshold', async () => {
    const onTest = new BreakerOnTest(adaptive);
    for (let passed = 0; passed < 60; passed += 1) await minute(onTest, 0);

    // Of 19 calls in the window at that moment.
    expect(await failuresUntilOpen(onTest)).toBe(3);
    expect(onTest.steps).toEqual(['Closed → Open (failure-rate)']);
  });

  test('lets the usual failures pass', async () => {
    const onTest = new BreakerOnTest(adaptive);
    for (let passed = 0; passed < 60; passed += 1) await minute(onTest, 2);

    // Of 19 calls one has failed: 12 more are four times the usual tenth, or little more, 17 would be half of all.
    expect(await failuresUntilOpen(onTest)).toBe(12);
  });

  test('never opens above the threshold, however usual failures are', async () => {
    const onTest = new BreakerOnTest(adaptive);
    for (let passed = 0; passed < 30; passed += 1) await minute(onTest, 8);
    // Of 19 calls seven have failed.
    expect(await failuresUntilOpen(onTest)).toBe(5);
  });

  test('is not learned from the first call after a pause', async () => {
    const onTest = new BreakerOnTest(adaptive);
    for (let passed = 0; passed < 5; passed += 1) await minute(onTest, 2);
    onTest.clock.advance(100 * minuteMs);
    await onTest.succeed(17);
    await onTest.fail(3);

    expect(onTest.breaker.state).toBe('Closed');
  });

  test('is forgotten at a reset', async () => {
    const onTest = new BreakerOnTest(adaptive);
    for (let passed = 0; passed < 60; passed += 1) await minute(onTest, 0);
    onTest.breaker.reset();
    await onTest.succeed(16);
    await onTest.fail(4);

    expect(onTest.breaker.state).toBe('Closed');
  });

  test('needs a threshold to bound it', () => {
    expect(() => new BreakerOnTest({ failureRateFactor: 4 })).toThrow(
      /failureRateFactor is 4, expected set only with failureRateThreshold/,
    );
  });
});
