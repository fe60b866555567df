import { describe, expect, test } from 'vitest';
import { BreakerOnTest, Fault } from './breaker-on-test.js';

describe('breaker: half-open', () => {
  test('lets as many probes through at once as it may, and rejects the next one at once', async () => {
    const onTest = new BreakerOnTest({ halfOpenMaxConcurrent: 3 });
    await onTest.openAndCoolDown();

    const probes = [1, 2, 3].map(() => onTest.begin());
    onTest.clock.advance(4_000);
    const oneTooMany = onTest.begin();

    expect(probes.map(({ asked }) => asked)).toEqual([true, true, true]);
    expect(oneTooMany.asked).toBe(false);
    expect(await oneTooMany.result).toEqual({
      ok: false,
      error: { kind: 'too-many-concurrent-requests', breaker: 'warehouse', retryAfterMs: 6_000 },
    });
    expect(onTest.breaker.snapshot()).toMatchObject({ state: 'HalfOpen', rejected: 1, running: 3 });
  });

  test('the slot of a probe that succeeded is used again', async () => {
    const onTest = new BreakerOnTest({ halfOpenMaxConcurrent: 1, successThreshold: 3 });
    await onTest.openAndCoolDown();

    await onTest.begin().succeed();
    const second = onTest.begin();

    expect(second.asked).toBe(true);
  });

  test('a slot that is free again is one slot, not more', async () => {
    const onTest = new BreakerOnTest({ halfOpenMaxConcurrent: 2, successThreshold: 10 });
    await onTest.openAndCoolDown();
    const [first, second] = [onTest.begin(), onTest.begin()];

    await first.succeed();
    const [third, fourth] = [onTest.begin(), onTest.begin()];
    await second.fail(new Fault('ignored'));
    const [fifth, sixth] = [onTest.begin(), onTest.begin()];

    expect([third.asked, fourth.asked, fifth.asked, sixth.asked]).toEqual([true, false, true, false]);
  });

  test('the slot of a probe that was ignored is used again, and nothing else changes', async () => {
    const onTest = new BreakerOnTest({ halfOpenMaxConcurrent: 1, successThreshold: 1 });
    await onTest.openAndCoolDown();

    await onTest.begin().fail(new Fault('ignored'));
    const second = onTest.begin();

    expect(second.asked).toBe(true);
    expect(onTest.breaker.state).toBe('HalfOpen');
  });

  test('the slot of a probe whose caller gave up is used again', async () => {
    const onTest = new BreakerOnTest({ halfOpenMaxConcurrent: 1 });
    const caller = new AbortController();
    await onTest.openAndCoolDown();

    const given = onTest.begin({ signal: caller.signal });
    caller.abort();
    await given.result;
    const second = onTest.begin();

    expect(second.asked).toBe(true);
    expect(onTest.breaker.state).toBe('HalfOpen');
  });

  test('the success that reaches the threshold closes it, the one before does not', async () => {
    const onTest = new BreakerOnTest();
    await onTest.openAndCoolDown();

    await onTest.succeed(2);
    const afterTwo = onTest.breaker.state;
    await onTest.succeed();

    expect(afterTwo).toBe('HalfOpen');
    expect(onTest.breaker.state).toBe('Closed');
    expect(onTest.steps.slice(1)).toEqual([
      'Open → HalfOpen (cool-down-elapsed)',
      'HalfOpen → Closed (success-threshold)',
    ]);
  });

  test('successes of probes need not be consecutive in time, only without a failure between', async () => {
    const onTest = new BreakerOnTest({ halfOpenMaxConcurrent: 1 });
    await onTest.openAndCoolDown();

    await onTest.succeed();
    await onTest.ignore(3);
    onTest.clock.advance(500_000);
    await onTest.succeed(2);

    expect(onTest.breaker.state).toBe('Closed');
  });

  test('any counted failure re-opens it and starts a full cool-down', async () => {
    const onTest = new BreakerOnTest();
    await onTest.openAndCoolDown();

    await onTest.succeed(2);
    onTest.clock.advance(7_000);
    await onTest.fail();

    expect(onTest.breaker.state).toBe('Open');
    expect(onTest.breaker.retryAfterMs).toBe(30_000);
    expect(onTest.steps.at(-1)).toBe('HalfOpen → Open (probe-failed)');
    expect(onTest.breaker.snapshot().consecutiveFailures).toBe(1);
  });

  test('failures go on being counted from one opening to the next', async () => {
    const onTest = new BreakerOnTest();
    await onTest.openAndCoolDown();

    await onTest.fail();

    expect(onTest.breaker.snapshot().consecutiveFailures).toBe(6);
  });

  test('re-opening begins anew: earlier successes of probes do not count the next time', async () => {
    const onTest = new BreakerOnTest();
    await onTest.openAndCoolDown();
    await onTest.succeed(2);
    await onTest.fail();
    onTest.clock.advance(30_000);

    await onTest.succeed();

    expect(onTest.breaker.state).toBe('HalfOpen');
  });

  test('probes still running when it closes are stale', async () => {
    const onTest = new BreakerOnTest({ successThreshold: 1, halfOpenMaxConcurrent: 5, failureThreshold: 1 });
    await onTest.openAndCoolDown();
    const [first, ...late] = [1, 2, 3].map(() => onTest.begin());

    await first?.succeed();
    await Promise.all(late.map((probe) => probe.fail()));

    expect(onTest.breaker.state).toBe('Closed');
    expect(onTest.breaker.snapshot()).toMatchObject({ stale: 2, failed: 3, consecutiveFailures: 0 });
  });

  test('a probe always ends: one that never answers is a timeout and re-opens', async () => {
    const onTest = new BreakerOnTest({ halfOpenMaxConcurrent: 1 });
    await onTest.openAndCoolDown();

    const probe = onTest.begin();
    onTest.clock.advance(10_000);

    expect(await probe.result).toMatchObject({ error: { kind: 'timeout' } });
    expect(onTest.breaker.state).toBe('Open');
  });

  test('a probe always ends: without an operation timeout it has the cool-down as its deadline', async () => {
    const onTest = new BreakerOnTest({ operationTimeoutMs: Number.POSITIVE_INFINITY });
    await onTest.openAndCoolDown();

    const probe = onTest.begin();
    onTest.clock.advance(29_999);
    const before = onTest.breaker.state;
    onTest.clock.advance(1);

    expect(before).toBe('HalfOpen');
    expect(await probe.result).toMatchObject({ error: { kind: 'timeout', timeoutMs: 30_000 } });
    expect(onTest.breaker.state).toBe('Open');
  });
});

describe('breaker: half-open after a rush', () => {
  test('a probe always ends: it has its own deadline although calls of the rush had none', async () => {
    const onTest = new BreakerOnTest({ operationTimeoutMs: Number.POSITIVE_INFINITY });
    await onTest.succeed(100);
    await onTest.openAndCoolDown();
    const probe = onTest.begin();

    onTest.clock.advance(30_000);

    expect(await probe.result).toMatchObject({ error: { kind: 'timeout', timeoutMs: 30_000 } });
  });
});

describe('breaker: late results', () => {
  test('a late failure from before it opened does not re-open a probing breaker', async () => {
    const onTest = new BreakerOnTest({ operationTimeoutMs: 600_000 });
    const late = onTest.begin();
    await onTest.openAndCoolDown();
    const probe = onTest.begin();

    await late.fail();

    expect(onTest.breaker.state).toBe('HalfOpen');
    await probe.succeed();
    expect(onTest.breaker.snapshot()).toMatchObject({ stale: 1, state: 'HalfOpen' });
  });

  test('a late success from before it opened does not end a probe, and its caller still gets it', async () => {
    const onTest = new BreakerOnTest({ operationTimeoutMs: 600_000, successThreshold: 1 });
    const late = onTest.begin();
    await onTest.openAndCoolDown();
    const probe = onTest.begin();

    const result = await late.succeed();

    expect(result).toEqual({ ok: true, value: 'answer' });
    expect(onTest.breaker.state).toBe('HalfOpen');
    await probe.succeed();
    expect(onTest.breaker.state).toBe('Closed');
  });

  test('a late ignored call from before it opened frees no probe’s slot', async () => {
    const onTest = new BreakerOnTest({ operationTimeoutMs: 600_000, halfOpenMaxConcurrent: 1 });
    const late = onTest.begin();
    await onTest.openAndCoolDown();
    onTest.begin();

    await late.fail(new Fault('ignored'));
    const second = onTest.begin();

    expect(second.asked).toBe(false);
    expect(onTest.breaker.snapshot().stale).toBe(1);
  });

  test('a late failure does not lengthen a cool-down', async () => {
    const onTest = new BreakerOnTest({ operationTimeoutMs: 600_000 });
    const late = onTest.begin();
    await onTest.open();
    onTest.clock.advance(20_000);

    await late.fail();

    expect(onTest.breaker.retryAfterMs).toBe(10_000);
  });

  test('a probe of an earlier half-open time does not move a later one', async () => {
    const onTest = new BreakerOnTest({ operationTimeoutMs: 600_000, successThreshold: 1 });
    await onTest.openAndCoolDown();
    const early = onTest.begin();
    await onTest.fail();
    onTest.clock.advance(30_000);
    onTest.begin();

    await early.succeed();

    expect(onTest.breaker.state).toBe('HalfOpen');
  });

  test('probes of an earlier half-open time take no slots of a later one', async () => {
    const onTest = new BreakerOnTest({ operationTimeoutMs: 600_000, halfOpenMaxConcurrent: 2 });
    await onTest.openAndCoolDown();
    onTest.begin();
    await onTest.fail();
    onTest.clock.advance(30_000);

    const probes = [1, 2, 3].map(() => onTest.begin());

    expect(probes.map(({ asked }) => asked)).toEqual([true, true, false]);
  });

  test('a late failure from before it closed again does not count in the new run', async () => {
    const onTest = new BreakerOnTest({ operationTimeoutMs: 600_000, failureThreshold: 1, successThreshold: 1 });
    const late = onTest.begin();
    await onTest.openAndCoolDown();
    await onTest.succeed();

    await late.fail();

    expect(onTest.breaker.state).toBe('Closed');
  });
});
