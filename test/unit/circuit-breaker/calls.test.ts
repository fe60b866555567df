import { createHook } from 'node:async_hooks';
import { getEventListeners } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { BreakerOnTest, Fault } from './breaker-on-test.js';

describe('breaker: a call', () => {
  test('answers with the operation’s value', async () => {
    const onTest = new BreakerOnTest();

    const result = await onTest.begin().succeed();

    expect(result).toEqual({ ok: true, value: 'answer' });
  });

  test('answers with the domain error that the classifier made', async () => {
    const onTest = new BreakerOnTest({}, { classify: () => ({ verdict: 'failure', error: 'warehouse-down' }) });

    const result = await onTest.begin().fail(new Error('ECONNREFUSED'));

    expect(result).toEqual({
      ok: false,
      error: { kind: 'operation-failed', breaker: 'warehouse', cause: 'warehouse-down' },
    });
  });

  test('a classifier that throws makes it an internal error, counted as a failure', async () => {
    const bug = new TypeError('classifier');
    const onTest = new BreakerOnTest(
      { failureThreshold: 1 },
      {
        classify: () => {
          throw bug;
        },
      },
    );

    const fault = new Fault();
    const result = await onTest.begin().fail(fault);

    const error = { kind: 'internal', breaker: 'warehouse', cause: fault, classifierError: bug };
    expect(result).toEqual({ ok: false, error });
    expect(onTest.breaker.snapshot()).toMatchObject({ state: 'Open', failed: 1 });
  });

  test('takes what an untyped operation gives that is no promise', async () => {
    const onTest = new BreakerOnTest();

    const result = await onTest.breaker.call(() => JSON.parse('"plain"'));

    expect(result).toEqual({ ok: true, value: 'plain' });
  });

  test('hands the operation a signal of its own that is not aborted while it may run', async () => {
    const onTest = new BreakerOnTest();

    const [first, second] = [onTest.begin(), onTest.begin()];
    await first.succeed();

    expect(first.signal).toBeInstanceOf(AbortSignal);
    expect(first.signal).not.toBe(second.signal);
    expect([first.signal?.aborted, second.signal?.aborted]).toEqual([false, false]);
  });

  test.each<
    readonly [string, (given: (signal: unknown) => Promise<string>) => (signal: AbortSignal) => Promise<string>]
  >([
    ['one parameter', (given) => (signal) => given(signal)],
    [
      'a rest parameter',
      (given) =>
        (...all) =>
          given(all[0]),
    ],
    [
      'a parameter with a default',
      (given) =>
        (signal = AbortSignal.abort()) =>
          given(signal),
    ],
    ['a mock', (given) => vi.fn(given)],
    ['a bound function', (given) => given.bind(undefined)],
    [
      '`arguments`',
      (given) =>
        function operation() {
          // biome-ignore lint/complexity/noArguments: that is what is tested
          return given(arguments[0]);
        },
    ],
  ])('hands its operation a signal of its own, however that declares it: %s', async (_how, declare) => {
    const onTest = new BreakerOnTest();
    const signals: unknown[] = [];
    const hang = (signal: unknown): Promise<string> => {
      signals.push(signal);
      return new Promise(() => {});
    };

    const calls = [onTest.breaker.call(declare(hang)), onTest.breaker.call(declare(hang))];
    onTest.clock.advance(10_000);
    await Promise.all(calls);

    const [first, second] = signals;
    expect(first).toBeInstanceOf(AbortSignal);
    expect([first, second]).toMatchObject([{ aborted: true }, { aborted: true }]);
    expect(first).not.toBe(second);
  });

  const noSignal = new TypeError('The signal of a guarded call is no AbortSignal');
  const noTime = new RangeError('The timeoutMs of a guarded call is not a number of milliseconds');
  const noPriority = new RangeError('The priority of a guarded call is not a number');
  const noOptions = new TypeError('The options of a guarded call are not an object');
  const deaf = { aborted: false, addEventListener: () => {} };
  const mute = { aborted: false, removeEventListener: () => {} };
  const answer = async () => 'answer';

  test.each([
    ['an operation that is none', undefined, {}, new TypeError('The operation of a guarded call is not a function')],
    ['a signal that is none', answer, { signal: {} }, noSignal],
    ['a signal that is null', answer, { signal: null }, noSignal],
    ['a signal that is a number', answer, { signal: 50 }, noSignal],
    ['a signal that cannot be left', answer, { signal: deaf }, noSignal],
    ['a signal that can be left by no function', answer, { signal: { ...deaf, removeEventListener: 1 } }, noSignal],
    ['a signal that cannot be listened to', answer, { signal: mute }, noSignal],
    ['a signal that no function listens to', answer, { signal: { ...mute, addEventListener: 1 } }, noSignal],
    ['a target of other events', answer, { signal: new EventTarget() }, noSignal],
    ['NaN as its time', answer, { timeoutMs: Number.NaN }, noTime],
    ['a text as its time', answer, { timeoutMs: '50' }, noTime],
    ['NaN as its priority', answer, { priority: Number.NaN }, noPriority],
    ['options that are null', answer, null, noOptions],
    ['options that are a number', answer, 50, noOptions],
  ])('with %s is refused without taking a slot', async (_what, operation, options, error) => {
    const onTest = new BreakerOnTest({ maxConcurrent: 1 });
    const call: unknown = Reflect.apply(onTest.breaker.call, onTest.breaker, [operation, options]);

    await expect(call).rejects.toEqual(error);
    expect(onTest.breaker.snapshot()).toMatchObject({ running: 0, total: 0 });
    expect(await onTest.begin().succeed()).toMatchObject({ ok: true });
  });

  test('takes no slot for good when a signal throws as it is listened to', async () => {
    const onTest = new BreakerOnTest({ maxConcurrent: 1 });
    const signal = new AbortController().signal;
    Object.defineProperty(signal, 'addEventListener', { value: () => expect.fail('a fault of the signal') });

    await onTest.breaker.call(async () => 'answer', { signal });

    expect(onTest.breaker.snapshot()).toMatchObject({ running: 0, failed: 1 });
  });
});

test('breaker: a call is known to async hooks by its name', async () => {
  const types: string[] = [];
  const hook = createHook({ init: (_id, type) => types.push(type) }).enable();
  await new BreakerOnTest().succeed();
  hook.disable();

  expect(types).toContain('circuit-breaker-call');
});

describe('breaker: the operation timeout', () => {
  test('ends the call at its deadline, not before, and aborts its signal with a TimeoutError', async () => {
    const onTest = new BreakerOnTest();
    const call = onTest.begin();

    onTest.clock.advance(9_999);
    const before = onTest.breaker.snapshot().running;
    onTest.clock.advance(1);

    expect(before).toBe(1);
    expect(await call.result).toEqual({
      ok: false,
      error: { kind: 'timeout', breaker: 'warehouse', timeoutMs: 10_000 },
    });
    expect(call.signal?.aborted).toBe(true);
    expect(call.signal?.reason).toMatchObject({ name: 'TimeoutError', message: 'No answer within 10000 ms' });
  });

  test('a shorter one of the caller’s own counts like any other', async () => {
    const onTest = new BreakerOnTest();
    const call = onTest.begin({ timeoutMs: 250 });

    onTest.clock.advance(250);

    expect(await call.result).toMatchObject({ error: { kind: 'timeout', timeoutMs: 250 } });
    expect(onTest.breaker.snapshot()).toMatchObject({ failed: 1, timedOut: 1, consecutiveFailures: 1 });
  });

  test('a longer one of the caller’s own does not lengthen it', async () => {
    const onTest = new BreakerOnTest();
    const call = onTest.begin({ timeoutMs: 60_000 });

    onTest.clock.advance(10_000);

    expect(await call.result).toMatchObject({ error: { kind: 'timeout', timeoutMs: 10_000 } });
  });

  test.each([
    0, -5,
  ])('a caller with %d ms left asks nothing of the dependency and counts nothing against it', async (timeoutMs) => {
    const onTest = new BreakerOnTest({ failureThreshold: 1 });

    const call = onTest.begin({ timeoutMs });

    expect(call.asked).toBe(false);
    expect(await call.result).toEqual({ ok: false, error: { kind: 'timeout', breaker: 'warehouse', timeoutMs: 0 } });
    expect(onTest.breaker.snapshot()).toMatchObject({ state: 'Closed', total: 1, ignored: 1, failed: 0, timedOut: 0 });
  });

  test('each call has its own deadline, whatever the order they began in', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 100 });
    const order: number[] = [];
    for (const timeoutMs of [500, 100, 900, 300, 300, 100]) {
      void onTest.begin({ timeoutMs }).result.then(() => order.push(timeoutMs));
    }

    for (let elapsedMs = 0; elapsedMs < 900; elapsedMs += 50) {
      onTest.clock.advance(50);
      await Promise.resolve();
    }
    await Promise.resolve();

    expect(order).toEqual([100, 100, 300, 300, 500, 900]);
  });

  test('calls that have answered leave the others’ deadlines alone', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 100 });
    const [first, second, third] = [300, 200, 100].map((timeoutMs) => onTest.begin({ timeoutMs }));

    await third?.succeed();
    await second?.succeed();
    onTest.clock.advance(299);
    const before = onTest.breaker.snapshot();
    onTest.clock.advance(1);

    expect(before).toMatchObject({ running: 1, timedOut: 0 });
    expect(await first?.result).toMatchObject({ error: { kind: 'timeout' } });
  });

  test('an answer after the deadline changes nothing any more', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 2 });
    const call = onTest.begin();
    onTest.clock.advance(10_000);
    await call.result;

    await call.succeed();
    await call.fail();

    expect(onTest.breaker.snapshot()).toMatchObject({ total: 1, failed: 1, successful: 0, running: 0 });
  });

  test('an error after the deadline is not put before the classifier', async () => {
    const classified: unknown[] = [];
    const classify = (error: unknown) => {
      classified.push(error);
      return { verdict: 'failure', error } as const;
    };
    const onTest = new BreakerOnTest({}, { classify });
    const call = onTest.begin();
    onTest.clock.advance(10_000);
    await call.fail(new Error('too late'));
    await onTest.begin().fail('in time');

    expect(classified).toEqual(['in time']);
  });

  test('an error after the deadline is no unhandled rejection', async () => {
    const onTest = new BreakerOnTest();
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const call = onTest.begin();
    onTest.clock.advance(10_000);

    await call.fail(new Error('too late'));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);

    expect(unhandled).toEqual([]);
  });

  test('Infinity sets none', async () => {
    const onTest = new BreakerOnTest({ operationTimeoutMs: Number.POSITIVE_INFINITY });
    const call = onTest.begin();

    onTest.clock.advance(2 ** 40);

    expect(onTest.breaker.snapshot().running).toBe(1);
    expect(await call.succeed()).toEqual({ ok: true, value: 'answer' });
  });

  test('one beyond the longest timer still comes at its time', async () => {
    const onTest = new BreakerOnTest({ operationTimeoutMs: Number.POSITIVE_INFINITY });
    const delays: number[] = [];
    const { clock } = onTest;
    const startTimer = clock.startTimer.bind(clock);
    clock.startTimer = (delayMs, onElapsed) => {
      delays.push(delayMs);
      return startTimer(delayMs, onElapsed);
    };
    const call = onTest.begin({ timeoutMs: 2 ** 33 });

    clock.advance(2 ** 33 - 1);
    const before = onTest.breaker.snapshot().running;
    clock.advance(1);

    expect(before).toBe(1);
    expect(Math.max(...delays)).toBe(2_147_483_647);
    expect(await call.result).toMatchObject({ error: { kind: 'timeout' } });
  });

  test('in a rush, a caller’s own is kept all the same', async () => {
    const onTest = new BreakerOnTest();
    await onTest.succeed(100);
    const call = onTest.begin({ timeoutMs: 50 });

    onTest.clock.advance(50);

    expect(await call.result).toMatchObject({ error: { kind: 'timeout', timeoutMs: 50 } });
  });
});

describe('breaker: a late timer', () => {
  test('looks again after one turn of the event loop: an answer that had already arrived is an answer', async () => {
    const onTest = new BreakerOnTest();
    const [answered, silent] = [onTest.begin(), onTest.begin()];
    const turns: (() => void)[] = [];
    onTest.clock.startTimer = (_delayMs, onElapsed) => {
      turns.push(onElapsed);
      return () => {};
    };

    onTest.clock.block(25_000);
    onTest.clock.advance(0);
    const stillRunning = onTest.breaker.snapshot().running;
    await answered.succeed();
    turns.shift()?.();

    expect(stillRunning).toBe(2);
    expect(await answered.result).toEqual({ ok: true, value: 'answer' });
    expect(await silent.result).toMatchObject({ error: { kind: 'timeout' } });
  });
});

describe('breaker: the caller’s own signal', () => {
  test('an abort ends the call at once, is ignored and aborts the operation with the same reason', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 1 });
    const caller = new AbortController();
    const reason = new Error('the client went away');
    const call = onTest.begin({ signal: caller.signal });

    caller.abort(reason);

    expect(await call.result).toEqual({
      ok: false,
      error: { kind: 'operation-failed', breaker: 'warehouse', cause: reason },
    });
    expect(call.signal?.reason).toBe(reason);
    expect(onTest.breaker.snapshot()).toMatchObject({ state: 'Closed', ignored: 1, failed: 0, running: 0 });
  });

  test('an abort before the call asks nothing of the dependency', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 1 });

    const call = onTest.begin({ signal: AbortSignal.abort(new Fault()) });

    expect(call.asked).toBe(false);
    expect(await call.result).toMatchObject({ ok: false, error: { kind: 'operation-failed' } });
    expect(onTest.breaker.snapshot()).toMatchObject({ state: 'Closed', total: 1, ignored: 1, failed: 0 });
  });

  test('an abort before the call takes no probe’s slot and does not begin a probing time', async () => {
    const onTest = new BreakerOnTest();
    await onTest.openAndCoolDown();

    await onTest.begin({ signal: AbortSignal.abort() }).result;

    expect(onTest.breaker.state).toBe('Open');
  });

  test('an abort while the operation begins is ignored too', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 1 });
    const caller = new AbortController();

    const result = await onTest.breaker.call(
      (signal) => {
        caller.abort();
        signal.throwIfAborted();
        return new Promise<string>(() => {});
      },
      { signal: caller.signal },
    );

    expect(result).toMatchObject({ ok: false, error: { kind: 'operation-failed' } });
    expect(onTest.breaker.snapshot()).toMatchObject({ state: 'Closed', ignored: 1, failed: 0 });
  });

  test('a classifier that throws at an abort’s reason does not make it count', async () => {
    const classify = (): never => {
      throw new Error('classifier');
    };
    const onTest = new BreakerOnTest({ failureThreshold: 1 }, { classify });
    const caller = new AbortController();
    const call = onTest.begin({ signal: caller.signal });

    caller.abort();

    expect(await call.result).toMatchObject({ error: { kind: 'internal' } });
    expect(onTest.breaker.state).toBe('Closed');
  });

  test('an operation that declares no parameter is ended by it all the same', async () => {
    const onTest = new BreakerOnTest();
    const caller = new AbortController();
    const call = onTest.breaker.call(() => new Promise<string>(() => {}), { signal: caller.signal });

    caller.abort();

    expect(await call).toMatchObject({ ok: false, error: { kind: 'operation-failed' } });
    expect(onTest.breaker.snapshot().ignored).toBe(1);
  });

  test('an operation that declares no parameter times out all the same', async () => {
    const onTest = new BreakerOnTest();
    const call = onTest.breaker.call(() => new Promise<string>(() => {}), { signal: new AbortController().signal });

    onTest.clock.advance(10_000);

    expect(await call).toMatchObject({ ok: false, error: { kind: 'timeout' } });
  });

  test('a call that is aborted because another has just timed out does not time out too', async () => {
    const caller = new AbortController();
    const onTest = new BreakerOnTest({ failureThreshold: 1 }, { onTransition: () => caller.abort() });
    const [first, second] = [onTest.begin(), onTest.begin({ signal: caller.signal })];

    onTest.clock.advance(10_000);

    expect(await first.result).toMatchObject({ error: { kind: 'timeout' } });
    expect(await second.result).toMatchObject({ error: { kind: 'operation-failed' } });
    expect(onTest.breaker.snapshot()).toMatchObject({ failed: 1, ignored: 1, running: 0 });
  });

  test('an abort after the answer changes nothing', async () => {
    const onTest = new BreakerOnTest();
    const caller = new AbortController();
    const call = onTest.begin({ signal: caller.signal });
    await call.succeed();

    caller.abort();

    expect(call.signal?.aborted).toBe(false);
    expect(onTest.breaker.snapshot()).toMatchObject({ successful: 1, ignored: 0 });
  });

  test('nothing is left on it, however the call ended', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 100 });
    const caller = new AbortController();
    const options = { signal: caller.signal, timeoutMs: 100 };

    await onTest.begin(options).succeed();
    await onTest.begin(options).fail();
    await onTest.begin(options).fail(new Fault('ignored'));
    const hanging = onTest.begin(options);
    const listening = getEventListeners(caller.signal, 'abort').length;
    onTest.clock.advance(100);
    await hanging.result;

    expect(listening).toBe(1);
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
  });

  test('nothing is left on it after 100,000 calls', async () => {
    const onTest = new BreakerOnTest();
    const caller = new AbortController();
    const options = { signal: caller.signal };

    for (let call = 0; call < 100_000; call += 1) await onTest.breaker.call(async (_signal) => 'answer', options);

    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
    expect(onTest.breaker.snapshot()).toMatchObject({ successful: 100_000, running: 0 });
  });
});

describe('breaker: the bulkhead', () => {
  test('rejects calls above its limit at once, and lets the next through when one has ended', async () => {
    const onTest = new BreakerOnTest({ maxConcurrent: 2 });
    const [first] = [onTest.begin(), onTest.begin()];
    onTest.clock.advance(1_000);

    const third = onTest.begin();
    await first?.succeed();
    const fourth = onTest.begin();

    expect(await third.result).toEqual({
      ok: false,
      error: { kind: 'too-many-concurrent-requests', breaker: 'warehouse', retryAfterMs: 9_000 },
    });
    expect([third.asked, fourth.asked]).toEqual([false, true]);
    expect(onTest.breaker.snapshot()).toMatchObject({ state: 'Closed', rejected: 1, failed: 0 });
  });

  test('a full one says the cool-down when no running call has a deadline', async () => {
    const onTest = new BreakerOnTest({ maxConcurrent: 1, operationTimeoutMs: Number.POSITIVE_INFINITY });
    onTest.begin();

    const second = await onTest.begin().result;

    expect(second).toMatchObject({ error: { kind: 'too-many-concurrent-requests', retryAfterMs: 30_000 } });
  });

  test('an open breaker says so even when it is full', async () => {
    const onTest = new BreakerOnTest({ maxConcurrent: 1, failureThreshold: 1, operationTimeoutMs: 600_000 });
    await onTest.open();
    onTest.clock.advance(30_000);
    onTest.begin();
    onTest.breaker.forceOpen();

    const second = await onTest.begin().result;

    expect(second).toMatchObject({ error: { kind: 'circuit-open' } });
  });
});
