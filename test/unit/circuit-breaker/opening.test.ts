import { describe, expect, test } from 'vitest';
import { BreakerOnTest, Fault } from './breaker-on-test.js';

describe('breaker: opening', () => {
  test('the fifth consecutive failure opens it, the fourth does not', async () => {
    const onTest = new BreakerOnTest();

    await onTest.fail(4);
    const afterFour = onTest.breaker.state;
    await onTest.fail();

    expect(afterFour).toBe('Closed');
    expect(onTest.breaker.state).toBe('Open');
    expect(onTest.steps).toEqual(['Closed → Open (failure-threshold)']);
  });

  test('a success ends the run of failures', async () => {
    const onTest = new BreakerOnTest();

    await onTest.fail(4);
    await onTest.succeed();
    await onTest.fail(4);

    expect(onTest.breaker.state).toBe('Closed');
    expect(onTest.breaker.snapshot().consecutiveFailures).toBe(4);
  });

  test('an ignored call neither ends the run of failures nor adds to it', async () => {
    const onTest = new BreakerOnTest();

    await onTest.fail(4);
    await onTest.ignore(10);
    const afterIgnored = onTest.breaker.state;
    await onTest.fail();

    expect(afterIgnored).toBe('Closed');
    expect(onTest.breaker.state).toBe('Open');
  });

  test('an error that is classified as a success ends the run, and its caller still gets the error', async () => {
    const onTest = new BreakerOnTest();
    const fault = new Fault('success');

    await onTest.fail(4);
    const result = await onTest.begin().fail(fault);
    await onTest.fail(4);

    expect(result).toEqual({ ok: false, error: { kind: 'operation-failed', breaker: 'warehouse', cause: fault } });
    expect(onTest.breaker.state).toBe('Closed');
    expect(onTest.breaker.snapshot()).toMatchObject({ successful: 1, failed: 8 });
  });

  test('a failure of exactly the window’s age is out of the run', async () => {
    const onTest = new BreakerOnTest();

    await onTest.fail();
    onTest.clock.advance(60_000);
    await onTest.fail(4);

    expect(onTest.breaker.state).toBe('Closed');
    expect(onTest.breaker.snapshot().consecutiveFailures).toBe(4);
  });

  test('a failure one millisecond younger than the window is in the run', async () => {
    const onTest = new BreakerOnTest();

    await onTest.fail();
    onTest.clock.advance(59_999);
    await onTest.fail(4);

    expect(onTest.breaker.state).toBe('Open');
  });

  test('the window slides: old failures leave the run one by one', async () => {
    const onTest = new BreakerOnTest();

    for (let failure = 0; failure < 20; failure += 1) {
      await onTest.fail();
      onTest.clock.advance(15_000);
    }
    const spread = onTest.breaker.state;
    await onTest.fail(2);

    expect(spread).toBe('Closed');
    expect(onTest.breaker.state).toBe('Open');
  });

  test('a failure is as old as its end, not as its call', async () => {
    const onTest = new BreakerOnTest({ operationTimeoutMs: 600_000 });
    const slow = onTest.begin();

    onTest.clock.advance(300_000);
    await slow.fail();
    await onTest.fail(4);

    expect(onTest.breaker.state).toBe('Open');
  });

  test('timeouts count like any other failure', async () => {
    const onTest = new BreakerOnTest();
    const hanging = [1, 2, 3, 4, 5].map(() => onTest.begin());

    onTest.clock.advance(10_000);
    await Promise.all(hanging.map(({ result }) => result));

    expect(onTest.breaker.state).toBe('Open');
    expect(onTest.breaker.snapshot()).toMatchObject({ failed: 5, timedOut: 5 });
  });

  test('an operation that throws before it answers fails like one that rejects', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 1 });
    const fault = new Fault();

    const result = await onTest.breaker.call(() => {
      throw fault;
    });

    expect(result).toEqual({ ok: false, error: { kind: 'operation-failed', breaker: 'warehouse', cause: fault } });
    expect(onTest.breaker.state).toBe('Open');
  });
});

describe('breaker: open', () => {
  test('refuses at once, without asking the dependency, and says how long', async () => {
    const onTest = new BreakerOnTest();
    await onTest.open();
    onTest.clock.advance(10_000.25);

    const call = onTest.begin();

    expect(call.asked).toBe(false);
    expect(await call.result).toEqual({
      ok: false,
      error: { kind: 'circuit-open', breaker: 'warehouse', retryAfterMs: 20_000 },
    });
  });

  test('its refusal carries no stack', async () => {
    const onTest = new BreakerOnTest();
    await onTest.open();

    const result = await onTest.begin().result;

    expect(result.ok || result.error).not.toBeInstanceOf(Error);
    expect(result.ok || result.error).not.toHaveProperty('stack');
  });

  test('rejected calls are counted apart: neither failures nor in the failure rate', async () => {
    const onTest = new BreakerOnTest();
    await onTest.succeed(5);
    await onTest.open();

    for (let call = 0; call < 7; call += 1) await onTest.begin().result;

    expect(onTest.breaker.snapshot()).toMatchObject({
      total: 17,
      successful: 5,
      failed: 5,
      rejected: 7,
      failureRate: 0.5,
      consecutiveFailures: 5,
    });
  });

  test('its state is lazy: no timer moves it, reading changes nothing, and retryAfterMs tells the rest', async () => {
    const onTest = new BreakerOnTest();
    await onTest.open();

    onTest.clock.advance(29_999);
    const before = onTest.breaker.snapshot();
    onTest.clock.advance(3_600_001);
    const after = onTest.breaker.snapshot();

    expect(before).toMatchObject({ state: 'Open', retryAfterMs: 1 });
    expect(after).toEqual({ ...before, retryAfterMs: 0, failureRate: 0, uptimeMs: 3_630_000 });
    expect(onTest.breaker.retryAfterMs).toBe(0);
    expect(onTest.steps).toEqual(['Closed → Open (failure-threshold)']);
  });

  test('the call at exactly the end of the cool-down is a probe, the one before is refused', async () => {
    const onTest = new BreakerOnTest();
    await onTest.open();

    onTest.clock.advance(29_999);
    const early = onTest.begin();
    onTest.clock.advance(1);
    const probe = onTest.begin();

    expect([early.asked, probe.asked]).toEqual([false, true]);
    expect(onTest.breaker.state).toBe('HalfOpen');
  });

  test('time is monotonic: a wall clock that jumps moves nothing', async () => {
    const onTest = new BreakerOnTest();
    await onTest.open();
    onTest.clock.epochMs = () => Date.parse('2036-01-01T00:00:00Z');

    const call = onTest.begin();

    expect(call.asked).toBe(false);
    expect(onTest.breaker.retryAfterMs).toBe(30_000);
  });
});
