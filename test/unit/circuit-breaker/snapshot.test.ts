import { describe, expect, test } from 'vitest';
import type { CallOutcome } from '../../../src/circuit-breaker/call-observers.js';
import { BreakerOnTest, Fault } from './breaker-on-test.js';

const answerIn = async (onTest: BreakerOnTest, durationMs: number): Promise<void> => {
  const call = onTest.begin();
  onTest.clock.advance(durationMs);
  await call.succeed();
};

describe('breaker: its snapshot', () => {
  test('of a new breaker', () => {
    expect(new BreakerOnTest().breaker.snapshot()).toEqual({
      name: 'warehouse',
      state: 'Closed',
      mode: 'automatic',
      isHealthy: true,
      total: 0,
      running: 0,
      successful: 0,
      failed: 0,
      timedOut: 0,
      ignored: 0,
      rejected: 0,
      slow: 0,
      stale: 0,
      fallbacks: 0,
      failedFallbacks: 0,
      consecutiveFailures: 0,
      failureRate: 0,
      rateWindow: null,
      averageResponseTimeMs: 0,
      responseTimesMs: { average: 0, p50: 0, p90: 0, p95: 0, p99: 0, max: 0 },
      lastFailure: null,
      lastSuccess: null,
      lastStateChange: '2026-01-01T00:00:00.000Z',
      nextRecoveryAttempt: null,
      retryAfterMs: 0,
      transitions: 0,
    });
  });

  test('counts every call once: total is rejected, running and completed together', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 3 });
    await onTest.succeed(4);
    await onTest.ignore(2);
    onTest.begin();
    await onTest.fail(2);
    const hanging = onTest.begin({ timeoutMs: 5 });
    onTest.clock.advance(5);
    await hanging.result;
    await onTest.begin().result;

    expect(onTest.breaker.snapshot()).toMatchObject({
      total: 11,
      running: 1,
      successful: 4,
      failed: 3,
      timedOut: 1,
      ignored: 2,
      rejected: 1,
      failureRate: 3 / 7,
    });
  });

  test('says when a call last succeeded, and when and why one last failed, in the classifier’s word', async () => {
    const reasons = [{ reason: 'unauthorized' }];
    const classify = (error: unknown) => ({ verdict: 'failure', error, ...reasons.shift() }) as const;
    const onTest = new BreakerOnTest({}, { classify });
    await onTest.succeed();
    onTest.clock.advance(1_000);
    await onTest.fail();
    const afterFirst = onTest.breaker.snapshot();
    onTest.clock.advance(1_000);
    await onTest.fail();

    expect([afterFirst.lastFailure, afterFirst.lastSuccess]).toEqual([
      { time: '2026-01-01T00:00:01.000Z', reason: 'unauthorized' },
      '2026-01-01T00:00:00.000Z',
    ]);
    expect(onTest.breaker.snapshot().lastFailure).toEqual({ time: '2026-01-01T00:00:02.000Z', reason: 'failed' });
  });

  test('says that the last failure was a timeout, or a classifier that threw, and a reset does not forget it', async () => {
    const classify = () => {
      throw new Error('a fault in the classifier');
    };
    const onTest = new BreakerOnTest({}, { classify });
    onTest.begin({ timeoutMs: 5 });
    onTest.clock.advance(5);
    const timeout = onTest.breaker.snapshot().lastFailure;
    await onTest.fail();
    onTest.breaker.reset();

    const internal = onTest.breaker.snapshot().lastFailure;
    expect([timeout?.reason, internal?.reason]).toEqual(['timeout', 'internal']);
  });

  test('of an ignored or a rejected call is no last failure', async () => {
    const onTest = new BreakerOnTest();
    await onTest.ignore();
    onTest.breaker.forceOpen();
    await onTest.begin().result;

    expect(onTest.breaker.snapshot()).toMatchObject({ lastFailure: null, lastSuccess: null });
  });

  test('of an open breaker says since when, and when the next recovery attempt may be made', async () => {
    const onTest = new BreakerOnTest();
    onTest.clock.advance(1_500);
    await onTest.open();
    onTest.clock.advance(10_000);

    expect(onTest.breaker.snapshot()).toMatchObject({
      state: 'Open',
      isHealthy: false,
      lastStateChange: '2026-01-01T00:00:01.500Z',
      nextRecoveryAttempt: '2026-01-01T00:00:31.500Z',
      retryAfterMs: 20_000,
      transitions: 1,
    });
  });

  test('of a half-open breaker is not healthy and promises no further attempt', async () => {
    const onTest = new BreakerOnTest();
    await onTest.openAndCoolDown();
    await onTest.succeed();

    expect(onTest.breaker.isHealthy).toBe(false);
    expect(onTest.breaker.snapshot()).toMatchObject({
      state: 'HalfOpen',
      isHealthy: false,
      nextRecoveryAttempt: null,
      retryAfterMs: 0,
      consecutiveFailures: 0,
      transitions: 2,
    });
  });

  test('holds response times of successes, failures and timeouts, not of ignored calls', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 10 });
    await answerIn(onTest, 10);
    const failing = onTest.begin();
    onTest.clock.advance(20);
    await failing.fail();
    const ignored = onTest.begin();
    onTest.clock.advance(5_000);
    await ignored.fail(new Fault('ignored'));
    const hanging = onTest.begin({ timeoutMs: 60 });
    onTest.clock.advance(60);
    await hanging.result;

    const { averageResponseTimeMs, responseTimesMs } = onTest.breaker.snapshot();

    expect(averageResponseTimeMs).toBe(30);
    expect(responseTimesMs).toEqual({ average: 30, p50: 20, p90: 60, p95: 60, p99: 60, max: 60 });
  });

  test('percentiles are exact over the latest 64 calls, and older ones are forgotten', async () => {
    const onTest = new BreakerOnTest();
    for (let call = 0; call < 200; call += 1) await answerIn(onTest, 9_000);

    for (let durationMs = 1; durationMs <= 64; durationMs += 1) await answerIn(onTest, durationMs);

    expect(onTest.breaker.snapshot().responseTimesMs).toEqual({
      average: 32.5,
      p50: 32,
      p90: 58,
      p95: 61,
      p99: 64,
      max: 64,
    });
  });

  test.each([
    [0, 0],
    [0.004, 0],
    [1.23456789, 1.23],
    [63.99, 63.98],
    [64.02, 64],
    [4_095, 4_095],
    [9_999, 9_996],
    [60_000, 60_000],
    [86_400_000, 33_546_240],
  ])('a response time of %d ms reads %d ms: to a 64th of a millisecond, or to a 2048th of itself', async (ms, read) => {
    const onTest = new BreakerOnTest({ operationTimeoutMs: Number.POSITIVE_INFINITY });

    await answerIn(onTest, ms);

    expect(onTest.breaker.snapshot().averageResponseTimeMs).toBe(read);
  });

  test('calls that come apart are timed, every one', async () => {
    const onTest = new BreakerOnTest();
    let observed = 0;
    onTest.clock.monotonicMs = ((real) => () => {
      observed += 1;
      return real();
    })(onTest.clock.monotonicMs.bind(onTest.clock));

    for (let call = 0; call < 1_000; call += 1) await answerIn(onTest, 1);

    expect(observed).toBeGreaterThanOrEqual(2_000);
  });

  test('in a rush, only one in 64 calls looks at the clock after the first 64', async () => {
    const onTest = new BreakerOnTest();
    let looks = 0;
    onTest.clock.monotonicMs = () => {
      looks += 1;
      return 0;
    };

    await onTest.succeed(64 + 6_400);

    expect(looks).toBeLessThanOrEqual(2 * (64 + 100) + 1);
    expect(onTest.breaker.snapshot().successful).toBe(6_464);
  });

  test('the end of a call that is not timed says nothing of response times', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 1_000 });
    const calls = Array.from({ length: 100 }, () => onTest.begin());
    onTest.clock.advance(5);

    for (const call of calls) await call.fail();

    expect(onTest.breaker.snapshot().responseTimesMs).toMatchObject({ average: 5, p50: 5, max: 5 });
  });

  test('a rush is over when a call comes a millisecond after the last look', async () => {
    const onTest = new BreakerOnTest();
    await onTest.succeed(500);
    onTest.clock.advance(1);
    await onTest.succeed(64);

    for (let call = 0; call < 10; call += 1) await answerIn(onTest, 100);

    expect(onTest.breaker.snapshot().responseTimesMs.max).toBe(100);
  });

  test('deadlines hold in a rush too', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 1_000 });
    const calls = Array.from({ length: 300 }, () => onTest.begin());

    onTest.clock.advance(9_999);
    const before = onTest.breaker.snapshot().running;
    onTest.clock.advance(1);
    await Promise.all(calls.map(({ result }) => result));

    expect(before).toBe(300);
    expect(onTest.breaker.snapshot()).toMatchObject({ running: 0, timedOut: 300 });
  });

  test('in a rush, calls that have answered leave the deadlines of the others alone', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 1_000 });
    const calls = Array.from({ length: 300 }, () => onTest.begin());

    await Promise.all(calls.filter((_call, index) => index % 3 !== 0).map((call) => call.succeed()));
    onTest.clock.advance(10_000);
    const results = await Promise.all(calls.map(({ result }) => result));

    expect(results.map(({ ok }) => ok)).toEqual(calls.map((_call, index) => index % 3 !== 0));
    expect(onTest.breaker.snapshot()).toMatchObject({ running: 0, timedOut: 100, successful: 200 });
  });

  test('in a rush, deadlines of calls that did not look at the clock are counted from the end of the turn', () => {
    const onTest = new BreakerOnTest({ failureThreshold: 1_000 });
    for (let call = 0; call < 100; call += 1) onTest.begin();
    onTest.clock.block(5);

    onTest.clock.advance(9_999);
    const before = onTest.breaker.snapshot();
    onTest.clock.advance(1);

    expect(before).toMatchObject({ running: 35, timedOut: 65 });
    expect(onTest.breaker.snapshot()).toMatchObject({ running: 0, timedOut: 100 });
  });

  test('a rush keeps two timers at most', () => {
    const onTest = new BreakerOnTest();

    for (let call = 0; call < 1_000; call += 1) onTest.begin();

    expect(onTest.clock.pendingTimers).toBe(2);
  });

  test('a rush goes on after a failure, once a call has succeeded', async () => {
    const onTest = new BreakerOnTest();
    let looks = 0;
    onTest.clock.monotonicMs = () => {
      looks += 1;
      return 0;
    };
    await onTest.fail();
    await onTest.succeed(100);
    looks = 0;

    await onTest.succeed(640);

    expect(looks).toBeLessThanOrEqual(30);
  });

  test('a rush without deadlines leaves no timer behind', async () => {
    const onTest = new BreakerOnTest({ operationTimeoutMs: Number.POSITIVE_INFINITY });

    await onTest.succeed(1_000);

    expect(onTest.clock.pendingTimers).toBe(0);
  });

  test('calls that have answered leave one timer behind, and that only until it finds nothing to do', async () => {
    const onTest = new BreakerOnTest();
    for (let call = 0; call < 50; call += 1) await answerIn(onTest, 100);

    const whileBusy = onTest.clock.pendingTimers;
    onTest.clock.advance(10_000);

    expect(whileBusy).toBe(1);
    expect(onTest.clock.pendingTimers).toBe(0);
  });

  test('in a rush, a call that began after a look gets its full time', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 1_000 });
    for (let call = 0; call < 100; call += 1) onTest.begin();
    onTest.clock.block(0.5);
    const late = onTest.begin();

    onTest.clock.advance(9_999.5);
    const { running, timedOut } = onTest.breaker.snapshot();
    onTest.clock.advance(1);

    expect([running > 0, timedOut > 0]).toEqual([true, true]);
    expect(await late.result).toMatchObject({ error: { kind: 'timeout' } });
  });
});

describe('breaker: who observes its calls', () => {
  test('is told of every call with its outcome and duration', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 2 });
    const seen: (readonly [CallOutcome, number])[] = [];
    onTest.breaker.observeCalls((outcome, durationMs) => seen.push([outcome, durationMs]));

    await answerIn(onTest, 7);
    await onTest.begin({ signal: AbortSignal.abort() }).result;
    await onTest.begin({ timeoutMs: 0 }).result;
    await onTest.ignore();
    await onTest.fail();
    const hanging = onTest.begin();
    onTest.clock.advance(10_000);
    await hanging.result;
    await onTest.begin().result;

    expect(seen).toEqual([
      ['success', 7],
      ['ignored', 0],
      ['ignored', 0],
      ['ignored', 0],
      ['failure', 0],
      ['timeout', 10_000],
      ['rejected', 0],
    ]);
  });

  test('is told of every call in a rush too, until the observation ends', async () => {
    const onTest = new BreakerOnTest();
    let seen = 0;
    const end = onTest.breaker.observeCalls(() => {
      seen += 1;
    });

    await onTest.succeed(1_000);
    end();
    await onTest.succeed(1_000);

    expect(seen).toBe(1_000);
  });

  test('is told of each call once, and costs the calls after the observation no look at the clock', async () => {
    const onTest = new BreakerOnTest();
    let looks = 0;
    const end = onTest.breaker.observeCalls(() => {});
    const endOther = onTest.breaker.observeCalls(() => {});
    await onTest.succeed(100);
    end();
    onTest.clock.monotonicMs = () => {
      looks += 1;
      return 0;
    };

    await onTest.succeed(100);
    const whileObserved = looks;
    endOther();
    await onTest.succeed(64 + 6_400);

    expect(whileObserved).toBe(200);
    expect(looks - whileObserved).toBeLessThanOrEqual(2 * (64 + 100) + 1);
  });

  test('cannot break a call, by throwing or by rejecting', async () => {
    const onTest = new BreakerOnTest();
    let told = 0;
    onTest.breaker.observeCalls(() => {
      throw new Error('observer');
    });
    onTest.breaker.observeCalls(() => Promise.reject(new Error('observer')));
    onTest.breaker.observeCalls(() => {
      told += 1;
    });

    const result = await onTest.begin().succeed();

    expect(result.ok).toBe(true);
    expect(told).toBe(1);
  });
});
