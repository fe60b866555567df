import { describe, expect, test } from 'vitest';
import { BreakerOnTest, Fault } from './breaker-on-test.js';

describe('breaker: reset', () => {
  test('closes an open breaker and clears its counters', async () => {
    const onTest = new BreakerOnTest();
    await onTest.succeed(3);
    await onTest.open();
    await onTest.begin().result;

    onTest.breaker.reset();

    expect(onTest.steps.at(-1)).toBe('Open → Closed (reset)');
    expect(onTest.breaker.snapshot()).toMatchObject({
      state: 'Closed',
      total: 0,
      successful: 0,
      failed: 0,
      rejected: 0,
      consecutiveFailures: 0,
      averageResponseTimeMs: 0,
      nextRecoveryAttempt: null,
      retryAfterMs: 0,
    });
  });

  test('detaches running calls even when closed: their results are stale', async () => {
    const onTest = new BreakerOnTest();
    await onTest.fail(4);
    const running = onTest.begin();

    onTest.breaker.reset();
    const result = await running.fail();

    expect(result.ok).toBe(false);
    expect(onTest.breaker.state).toBe('Closed');
    expect(onTest.breaker.snapshot()).toMatchObject({ total: 1, failed: 1, stale: 1, consecutiveFailures: 0 });
  });

  test('of a closed breaker forgets its run of failures and is no transition', async () => {
    const onTest = new BreakerOnTest();
    await onTest.fail(4);

    onTest.breaker.reset();
    await onTest.fail(4);

    expect(onTest.breaker.state).toBe('Closed');
    expect(onTest.steps).toEqual([]);
  });

  test('of a half-open breaker detaches its probes', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 1 });
    await onTest.openAndCoolDown();
    const probe = onTest.begin();

    onTest.breaker.reset();
    await probe.fail();

    expect(onTest.breaker.state).toBe('Closed');
  });

  test('leaves running calls their deadline', async () => {
    const onTest = new BreakerOnTest();
    const running = onTest.begin();

    onTest.breaker.reset();
    onTest.clock.advance(10_000);

    expect(await running.result).toMatchObject({ error: { kind: 'timeout' } });
  });
});

describe('breaker: force open, disable, enable', () => {
  test('forced open, it refuses every call until it is enabled, whatever the time', async () => {
    const onTest = new BreakerOnTest();

    onTest.breaker.forceOpen();
    onTest.clock.advance(3_600_000);
    const refused = await onTest.begin().result;
    const snapshot = onTest.breaker.snapshot();
    onTest.breaker.enable();

    expect(refused).toEqual({
      ok: false,
      error: { kind: 'circuit-open', breaker: 'warehouse', retryAfterMs: 30_000 },
    });
    expect(snapshot).toMatchObject({ state: 'Open', mode: 'forced-open', isHealthy: false, nextRecoveryAttempt: null });
    expect(onTest.steps).toEqual(['Closed → Open (forced-open)', 'Open → Closed (enabled)']);
    expect(onTest.begin().asked).toBe(true);
  });

  test('reset ends forced open too', () => {
    const onTest = new BreakerOnTest();
    onTest.breaker.forceOpen();

    onTest.breaker.reset();

    expect(onTest.breaker.snapshot()).toMatchObject({ state: 'Closed', mode: 'automatic' });
  });

  test('disabled, it lets every call pass under its deadline and judges none', async () => {
    const onTest = new BreakerOnTest({ failureRateThreshold: 0.1 });
    onTest.breaker.disable();

    await onTest.fail(50);
    const hanging = onTest.begin();
    onTest.clock.advance(10_000);

    expect(await hanging.result).toMatchObject({ error: { kind: 'timeout' } });
    expect(onTest.breaker.snapshot()).toMatchObject({ state: 'Closed', mode: 'disabled', failed: 51, stale: 0 });
    expect(onTest.steps).toEqual([]);
  });

  test('disabling an open breaker lets calls pass at once', async () => {
    const onTest = new BreakerOnTest();
    await onTest.open();

    onTest.breaker.disable();

    expect(onTest.begin().asked).toBe(true);
    expect(onTest.steps.at(-1)).toBe('Open → Closed (disabled)');
  });

  test('reset leaves a disabled breaker disabled', () => {
    const onTest = new BreakerOnTest();
    onTest.breaker.disable();

    onTest.breaker.reset();

    expect(onTest.breaker.snapshot().mode).toBe('disabled');
  });

  test('enabled again, it begins with a clean slate', async () => {
    const onTest = new BreakerOnTest();
    await onTest.fail(4);
    onTest.breaker.disable();
    const unjudged = onTest.begin();
    onTest.breaker.enable();

    await unjudged.fail();
    await onTest.fail(4);

    expect(onTest.breaker.snapshot()).toMatchObject({ state: 'Closed', mode: 'automatic', stale: 1 });
  });

  test('enabling a breaker that decides by itself changes nothing', async () => {
    const onTest = new BreakerOnTest();
    await onTest.fail(4);
    onTest.breaker.enable();

    await onTest.fail();
    onTest.breaker.enable();

    expect(onTest.breaker.state).toBe('Open');
  });
});

describe('breaker: new options', () => {
  test('are checked whole before any of them is applied', async () => {
    const onTest = new BreakerOnTest();
    const before = onTest.breaker.options;

    const change = () => onTest.breaker.updateOptions({ failureThreshold: 2, coolDownMs: 0 });

    expect(change).toThrow(/coolDownMs is 0/);
    expect(onTest.breaker.options).toBe(before);
  });

  test('answer the whole new configuration, the rest as it was', () => {
    const onTest = new BreakerOnTest({ maxConcurrent: 7, coolDownGrowth: 2 });

    const options = onTest.breaker.updateOptions({ failureThreshold: 2, maxConcurrent: null });

    expect(options).toEqual({
      failureThreshold: 2,
      windowMs: 60_000,
      coolDownMs: 30_000,
      successThreshold: 3,
      operationTimeoutMs: 10_000,
      halfOpenMaxConcurrent: 5,
      coolDownGrowth: 2,
    });
    expect(onTest.breaker.options).toBe(options);
  });

  test('leave running calls the deadline they began with', async () => {
    const onTest = new BreakerOnTest();
    const running = onTest.begin();

    onTest.breaker.updateOptions({ operationTimeoutMs: 100 });
    const next = onTest.begin();
    onTest.clock.advance(9_999);
    const stillRunning = onTest.breaker.snapshot().running;
    onTest.clock.advance(1);

    expect(await next.result).toMatchObject({ error: { kind: 'timeout', timeoutMs: 100 } });
    expect(stillRunning).toBe(1);
    expect(await running.result).toMatchObject({ error: { kind: 'timeout', timeoutMs: 10_000 } });
  });

  test('leave calls of a rush the deadline they began with', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 1_000 });
    const rush = Array.from({ length: 100 }, () => onTest.begin());

    onTest.breaker.updateOptions({ operationTimeoutMs: 100 });
    for (let call = 0; call < 100; call += 1) onTest.begin();
    onTest.clock.advance(100);
    const withNewOptions = onTest.breaker.snapshot().timedOut;
    onTest.clock.advance(9_899);
    const before = onTest.breaker.snapshot().running;
    onTest.clock.advance(1);
    const results = await Promise.all(rush.map(({ result }) => result));

    expect([withNewOptions, before]).toEqual([100, 100]);
    expect(results.every((result) => !result.ok && result.error.kind === 'timeout')).toBe(true);
    expect(results.at(-1)).toMatchObject({ error: { timeoutMs: 10_000 } });
  });

  test('end a time without deadlines', async () => {
    const onTest = new BreakerOnTest({ operationTimeoutMs: Number.POSITIVE_INFINITY });
    onTest.begin();

    onTest.breaker.updateOptions({ operationTimeoutMs: 100 });
    const next = onTest.begin();
    onTest.clock.advance(100);

    expect(await next.result).toMatchObject({ error: { kind: 'timeout', timeoutMs: 100 } });
    expect(onTest.breaker.snapshot().running).toBe(1);
  });

  test('keep the run of failures: a lower threshold is judged at the next failure', async () => {
    const onTest = new BreakerOnTest();
    await onTest.fail(4);

    onTest.breaker.updateOptions({ failureThreshold: 2 });
    const before = onTest.breaker.state;
    await onTest.fail();

    expect(before).toBe('Closed');
    expect(onTest.breaker.state).toBe('Open');
  });

  test('a longer window judges the failures that are still known', async () => {
    const onTest = new BreakerOnTest();
    await onTest.fail(4);
    onTest.clock.advance(60_000);

    onTest.breaker.updateOptions({ windowMs: 120_000 });

    expect(onTest.breaker.snapshot().consecutiveFailures).toBe(4);
  });

  test('rule the cool-down that is running: it ends so much sooner or later', async () => {
    const onTest = new BreakerOnTest();
    await onTest.open();

    onTest.breaker.updateOptions({ coolDownMs: 1_000 });
    const sooner = onTest.breaker.retryAfterMs;
    onTest.clock.advance(400);
    onTest.breaker.updateOptions({ coolDownMs: 50_000 });

    expect(sooner).toBe(1_000);
    expect(onTest.breaker.retryAfterMs).toBe(49_600);
  });

  test('let the next call probe when the cool-down that is running is over by them', async () => {
    const onTest = new BreakerOnTest();
    await onTest.open();
    onTest.clock.advance(1_000);

    onTest.breaker.updateOptions({ coolDownMs: 1_000 });

    expect(onTest.breaker.snapshot()).toMatchObject({
      retryAfterMs: 0,
      nextRecoveryAttempt: '2026-01-01T00:00:01.000Z',
    });
    expect(onTest.begin().asked).toBe(true);
  });

  test('keep the jitter and the growth of the cool-down that is running', async () => {
    const options = { coolDownJitter: 0.5, coolDownGrowth: 2, failureThreshold: 1 };
    const onTest = new BreakerOnTest(options, { random: () => 0.5 });
    await onTest.openAndCoolDown();
    await onTest.fail();

    onTest.breaker.updateOptions({ coolDownMs: 10_000 });

    expect(onTest.breaker.retryAfterMs).toBe(15_000);
  });

  test('rule a half-open breaker at once', async () => {
    const onTest = new BreakerOnTest({ halfOpenMaxConcurrent: 1 });
    await onTest.openAndCoolDown();
    onTest.begin();

    onTest.breaker.updateOptions({ halfOpenMaxConcurrent: 2, successThreshold: 1 });
    const second = onTest.begin();
    await second.succeed();

    expect(second.asked).toBe(true);
    expect(onTest.breaker.state).toBe('Closed');
  });

  test('switch rates on for a closed breaker at once', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 100 });

    onTest.breaker.updateOptions({ failureRateThreshold: 1, minimumCalls: 3 });
    await onTest.fail(3);

    expect(onTest.steps).toEqual(['Closed → Open (failure-rate)']);
  });

  test('switch slow calls and the bulkhead on and off', async () => {
    const onTest = new BreakerOnTest();

    onTest.breaker.updateOptions({ slowCallDurationMs: 10, maxConcurrent: 1 });
    const slow = onTest.begin();
    const rejected = onTest.begin();
    onTest.clock.advance(10);
    await slow.succeed();
    onTest.breaker.updateOptions({ slowCallDurationMs: null, maxConcurrent: null });
    const [first, second] = [onTest.begin(), onTest.begin()];
    onTest.clock.advance(10);
    await Promise.all([first.succeed(), second.succeed()]);

    expect([rejected.asked, second.asked]).toEqual([false, true]);
    expect(onTest.breaker.snapshot().slow).toBe(1);
  });

  test('a probe that was ignored under old options frees its slot under new ones', async () => {
    const onTest = new BreakerOnTest({ halfOpenMaxConcurrent: 2 });
    await onTest.openAndCoolDown();
    const [first] = [onTest.begin(), onTest.begin()];

    onTest.breaker.updateOptions({ halfOpenMaxConcurrent: 1 });
    await first.fail(new Fault('ignored'));

    expect(onTest.begin().asked).toBe(false);
  });
});
