import { describe, expect, test } from 'vitest';
import type { CallOutcome } from '../../../src/circuit-breaker/call-ledger.js';
import { ManualClock } from '../../support/manual-clock.js';
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
      waiting: 0,
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
      successRate: 1,
      rateWindow: null,
      averageResponseTimeMs: 0,
      responseTimesMs: { samples: 0, average: 0, p50: 0, p90: 0, p95: 0, p99: 0, max: 0 },
      lastFailure: null,
      lastSuccess: null,
      lastStateChange: '2026-01-01T00:00:00.000Z',
      nextRecoveryAttempt: null,
      retryAfterMs: 0,
      transitions: 0,
      lastRecoveryMs: null,
      uptimeMs: 0,
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
      successRate: 4 / 11,
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
    expect(responseTimesMs).toEqual({ samples: 3, average: 30, p50: 20, p90: 60, p95: 60, p99: 60, max: 60 });
  });

  test('percentiles are of the latest 512 calls, and older ones are forgotten', async () => {
    const onTest = new BreakerOnTest();
    for (let call = 0; call < 600; call += 1) await answerIn(onTest, 9_000);

    for (let durationMs = 1; durationMs <= 512; durationMs += 1) await answerIn(onTest, durationMs);

    expect(onTest.breaker.snapshot().responseTimesMs).toEqual({
      samples: 512,
      average: 256.5,
      p50: 256,
      p90: 461,
      p95: 487,
      p99: 507,
      max: 512,
    });
  });

  test.each([
    [0, 0],
    [0.004, 0],
    [1.23456789, 1.23],
    [63.99, 63.99],
    [86_400_000, 86_400_000],
  ])('a response time of %d ms reads %d ms: to a hundredth', async (ms, read) => {
    const onTest = new BreakerOnTest({ operationTimeoutMs: Number.POSITIVE_INFINITY });

    await answerIn(onTest, ms);

    expect(onTest.breaker.snapshot().averageResponseTimeMs).toBe(read);
  });

  test('every call is timed, in a rush too', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 1_000 });
    const calls = Array.from({ length: 300 }, () => onTest.begin());
    onTest.clock.advance(5);

    for (const call of calls) await call.fail();

    expect(onTest.breaker.snapshot().responseTimesMs).toMatchObject({ samples: 300, average: 5, p50: 5, max: 5 });
  });

  test('its failure rate is of the latest window: it counts the calls of every state, and age exactly the window is out', async () => {
    const onTest = new BreakerOnTest();
    await onTest.succeed(5);
    onTest.clock.advance(1_000);
    await onTest.open();
    const rates = [onTest.breaker.snapshot().failureRate];
    onTest.clock.advance(58_999);
    rates.push(onTest.breaker.snapshot().failureRate);
    onTest.clock.advance(1);
    rates.push(onTest.breaker.snapshot().failureRate);
    onTest.clock.advance(1_000);
    rates.push(onTest.breaker.snapshot().failureRate);

    expect(rates).toEqual([0.5, 0.5, 1, 0]);
    expect(onTest.breaker.snapshot().successRate).toBe(0.5);
  });

  test('its rates and counts begin anew with a reset', async () => {
    const onTest = new BreakerOnTest();
    await onTest.open();

    onTest.breaker.reset();

    expect(onTest.breaker.snapshot()).toMatchObject({ total: 0, failureRate: 0, successRate: 1 });
    expect(onTest.breaker.snapshot().responseTimesMs.samples).toBe(0);
  });

  test('tells how long the breaker has been there', () => {
    const clock = new ManualClock();
    clock.advance(5_000);
    const { breaker } = new BreakerOnTest({}, { clock });

    clock.advance(90_000);

    expect(breaker.snapshot().uptimeMs).toBe(90_000);
  });

  test('tells the next recovery attempt by the clock that people see now, also after that jumped', async () => {
    const onTest = new BreakerOnTest();
    await onTest.open();
    const epochMs = onTest.clock.epochMs.bind(onTest.clock);
    onTest.clock.epochMs = () => epochMs() + 3_600_000;
    onTest.clock.advance(10_000);

    expect(onTest.breaker.snapshot()).toMatchObject({
      nextRecoveryAttempt: '2026-01-01T01:00:30.000Z',
      lastFailure: { time: '2026-01-01T01:00:00.000Z' },
    });
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

  test('a rush keeps one timer', () => {
    const onTest = new BreakerOnTest();

    for (let call = 0; call < 1_000; call += 1) onTest.begin();

    expect(onTest.clock.pendingTimers).toBe(1);
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

test('breaker: its failure rate is of the window as it is now, of which a change forgets nothing that is still in it', async () => {
  const onTest = new BreakerOnTest();
  await onTest.fail();
  onTest.clock.advance(900);
  onTest.breaker.updateOptions({ windowMs: 1_000 });
  const kept = onTest.breaker.snapshot().failureRate;
  onTest.clock.advance(100);

  expect([kept, onTest.breaker.snapshot().failureRate]).toEqual([1, 0]);
});

test.each([
  [99, 0, 'leaves together with it'],
  [100, 1, 'leaves by itself'],
])('breaker: of a window of 10 s, a call %d ms after another makes the failure rate %d when that leaves: it %s', async (laterMs, rate) => {
  const onTest = new BreakerOnTest({ windowMs: 10_000 });
  onTest.clock.advance(50);
  await onTest.succeed();
  onTest.clock.advance(laterMs);
  await onTest.fail();

  onTest.clock.advance(10_000 - laterMs);

  expect(onTest.breaker.snapshot().failureRate).toBe(rate);
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

  test('is told why a call did not succeed, in the classifier’s word, and nothing of one that did', async () => {
    const classify = (error: unknown) => {
      const verdict = error instanceof Fault ? error.verdict : 'failure';
      return { verdict, error, reason: 'missing' };
    };
    const onTest = new BreakerOnTest({}, { classify });
    const seen: unknown[] = [];
    onTest.breaker.observeCalls((...told) => seen.push(told));

    for (const verdict of ['failure', 'ignored', 'success'] as const) await onTest.begin().fail(new Fault(verdict));
    await onTest.begin().succeed();
    const cut = onTest.begin({ timeoutMs: 5 });
    onTest.clock.advance(5);
    await cut.result;

    expect(seen).toEqual([
      ['failure', 0, 'missing'],
      ['ignored', 0, 'missing'],
      ['success', 0, undefined],
      ['success', 0, undefined],
      ['timeout', 5, 'timeout'],
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

  test('is told of each call once, also of those that began before, until the observation ends', async () => {
    const onTest = new BreakerOnTest();
    const begun = onTest.begin();
    let told = 0;
    const end = onTest.breaker.observeCalls(() => {
      told += 1;
    });

    await begun.succeed();
    await onTest.succeed(100);
    end();
    await onTest.succeed();

    expect(told).toBe(101);
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
