import { AsyncLocalStorage } from 'node:async_hooks';
import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { type BegunCall, BreakerOnTest, Fault } from './breaker-on-test.js';

const kindOf = async ({ result }: BegunCall): Promise<string> => {
  const ended = await result;
  return ended.ok ? 'answer' : ended.error.kind;
};

/** A breaker whose only slot is taken. */
const setUp = (options = {}) => {
  const onTest = new BreakerOnTest({ maxConcurrent: 1, maxWaiting: 3, ...options });
  return { onTest, first: onTest.begin() };
};

describe('breaker: calls that wait for a slot', () => {
  test('are served by priority, and of one priority in the order in which they came', async () => {
    const { onTest, first } = setUp();
    const order: string[] = [];
    const wait = (name: string, priority?: number) =>
      onTest.breaker.call(
        async () => {
          order.push(name);
          return name;
        },
        priority === undefined ? {} : { priority },
      );
    const waiting = [wait('usual'), wait('low', -1), wait('high', 5)];
    const before = [...order];
    await first.succeed();
    await Promise.all(waiting);

    expect([before, order]).toEqual([[], ['high', 'usual', 'low']]);
    expect(onTest.breaker.snapshot()).toMatchObject({ successful: 4, rejected: 0, running: 0, waiting: 0 });
  });

  test('of equal priority keep their order', async () => {
    const { onTest, first } = setUp();
    const [second, third] = [onTest.begin({ priority: 1 }), onTest.begin({ priority: 1 })];
    await first.succeed();

    expect([second.asked, third.asked]).toEqual([true, false]);
  });

  test('are counted while they wait, and a new call does not overtake them', async () => {
    const { onTest } = setUp({ maxConcurrent: 1, maxCallsPerSecond: 1 });
    const waiting = onTest.begin();

    expect(onTest.breaker.snapshot()).toMatchObject({ running: 1, waiting: 1, total: 2 });
    expect(waiting.asked).toBe(false);
  });

  test('are refused when the line is full, the last of the lowest priority first', async () => {
    const { onTest } = setUp({ maxWaiting: 2 });
    const [one, two, high] = [onTest.begin(), onTest.begin(), onTest.begin({ priority: 1 })];

    expect(await kindOf(two)).toBe('too-many-concurrent-requests');
    expect([one.asked, high.asked, onTest.breaker.snapshot().waiting]).toEqual([false, false, 2]);
    expect(await kindOf(onTest.begin({ priority: -1 }))).toBe('too-many-concurrent-requests');
    expect(onTest.breaker.snapshot().rejected).toBe(2);
  });

  test('are refused when their deadline passes before their turn', async () => {
    const { onTest, first } = setUp();
    const waiting = onTest.begin({ timeoutMs: 400 });
    onTest.clock.advance(399);
    const before = onTest.breaker.snapshot().waiting;
    onTest.clock.advance(1);

    expect([before, await kindOf(waiting)]).toEqual([1, 'too-many-concurrent-requests']);
    expect(onTest.breaker.snapshot()).toMatchObject({ waiting: 0, rejected: 1, failed: 0 });
    await first.succeed();
    expect(onTest.begin().asked).toBe(true);
  });

  test('wait no longer than the breaker lets a call take', async () => {
    const onTest = new BreakerOnTest({ maxWaiting: 3, maxCallsPerSecond: 1, operationTimeoutMs: 500 });
    await onTest.succeed();
    const waiting = onTest.begin();
    onTest.clock.advance(499);
    const before = onTest.breaker.snapshot().waiting;
    onTest.clock.advance(1);

    expect([before, await kindOf(waiting)]).toEqual([1, 'too-many-concurrent-requests']);
  });

  test('without a deadline of their own have the breaker’s, from their turn on', async () => {
    const { onTest, first } = setUp();
    const waiting = onTest.begin();
    onTest.clock.advance(600);
    await first.succeed();
    onTest.clock.advance(9_999);
    const before = waiting.signal?.aborted;
    onTest.clock.advance(1);

    expect([before, waiting.signal?.aborted]).toEqual([false, true]);
  });

  test('for their share of a second have one timer, however many they are', async () => {
    const onTest = new BreakerOnTest({ maxWaiting: 3, maxCallsPerSecond: 1, operationTimeoutMs: Infinity });
    await onTest.succeed();
    for (let call = 0; call < 3; call += 1) onTest.begin();

    expect([onTest.breaker.snapshot().waiting, onTest.clock.pendingTimers]).toEqual([3, 1]);
  });

  test('without any deadline start no timer', async () => {
    const { onTest } = setUp({ operationTimeoutMs: Infinity });
    onTest.begin();

    expect([onTest.breaker.snapshot().waiting, onTest.clock.pendingTimers]).toEqual([1, 0]);
  });

  test('have what is left of their own deadline when their turn comes', async () => {
    const { onTest, first } = setUp();
    onTest.clock.advance(300);
    const waiting = onTest.begin({ timeoutMs: 1_000 });
    onTest.clock.advance(600);
    await first.succeed();
    onTest.clock.advance(399);
    const before = waiting.signal?.aborted;
    onTest.clock.advance(1);

    expect([before, waiting.signal?.aborted]).toEqual([false, true]);
    expect(await waiting.result).toMatchObject({ error: { kind: 'timeout', timeoutMs: 400 } });
  });

  test('end at once when their caller gives up, and leave nothing on its signal', async () => {
    const { onTest, first } = setUp();
    const caller = new AbortController();
    const waiting = onTest.begin({ signal: caller.signal });
    caller.abort(new Fault('ignored'));

    expect(await kindOf(waiting)).toBe('operation-failed');
    await first.succeed();
    expect([waiting.asked, onTest.breaker.snapshot()]).toMatchObject([false, { ignored: 1, waiting: 0 }]);
  });

  test('leave nothing on their caller’s signal when they have had their turn, or were refused', async () => {
    const { onTest, first } = setUp();
    const { signal } = new AbortController();
    const [served, refused] = [onTest.begin({ signal }), onTest.begin({ signal, timeoutMs: 10 })];
    const before = getEventListeners(signal, 'abort').length;
    onTest.clock.advance(10);
    await refused.result;
    await first.succeed();
    await served.succeed();

    expect([before, getEventListeners(signal, 'abort').length]).toEqual([2, 0]);
  });

  test('keep their places when one between them gives up', async () => {
    const { onTest, first } = setUp();
    const caller = new AbortController();
    const [second, leaving, last] = [onTest.begin(), onTest.begin({ signal: caller.signal }), onTest.begin()];
    caller.abort();
    await leaving.result;
    await first.succeed();
    await second.succeed();

    expect([second.asked, leaving.asked, last.asked]).toEqual([true, false, true]);
  });

  test('are refused together when the breaker opens', async () => {
    const { onTest, first } = setUp({ failureThreshold: 1 });
    const waiting = [onTest.begin(), onTest.begin()];
    await first.fail();

    expect(await Promise.all(waiting.map(kindOf))).toEqual(['circuit-open', 'circuit-open']);
    expect(waiting.map((call) => call.asked)).toEqual([false, false]);
  });

  test.each([
    ['forceOpen', 'circuit-open'],
    ['disable', undefined],
    ['reset', undefined],
  ] as const)('meet %s', async (command, kind) => {
    const { onTest } = setUp();
    const waiting = onTest.begin();
    onTest.breaker[command]();

    if (kind === undefined) expect(onTest.breaker.snapshot().waiting).toBe(1);
    else expect(await kindOf(waiting)).toBe(kind);
  });

  test.each([
    ['a reset', (onTest: BreakerOnTest) => onTest.breaker.reset()],
    ['an operator who disables the breaker', (onTest: BreakerOnTest) => onTest.breaker.disable()],
    [
      'the state of another',
      (onTest: BreakerOnTest) => onTest.breaker.importState(new BreakerOnTest().breaker.exportState()),
    ],
  ])('for a probe’s slot begin when %s lets calls pass', async (_what, command) => {
    const onTest = new BreakerOnTest({ halfOpenMaxConcurrent: 1, maxWaiting: 3 });
    await onTest.openAndCoolDown();
    onTest.begin();
    const waiting = onTest.begin();
    const before = waiting.asked;
    command(onTest);

    expect([before, waiting.asked]).toEqual([false, true]);
  });

  test('are refused at once when an operator opens the breaker', async () => {
    const { onTest } = setUp();
    const waiting = onTest.begin();
    onTest.breaker.forceOpen();

    expect(onTest.breaker.snapshot()).toMatchObject({ waiting: 0, rejected: 1 });
    expect(await kindOf(waiting)).toBe('circuit-open');
  });

  test('are given up by their caller after their turn like any other', async () => {
    const { onTest, first } = setUp();
    const caller = new AbortController();
    const waiting = onTest.begin({ signal: caller.signal });
    await first.succeed();
    caller.abort(new Fault('ignored'));

    expect(waiting.signal?.aborted).toBe(true);
    expect(await kindOf(waiting)).toBe('operation-failed');
  });

  test('begin when the limit is raised', () => {
    const { onTest } = setUp();
    const waiting = onTest.begin();
    onTest.breaker.updateOptions({ maxConcurrent: 2 });

    expect(waiting.asked).toBe(true);
  });

  test('for a probe’s slot are served when a probe has ended, the higher priority first', async () => {
    const onTest = new BreakerOnTest({ maxWaiting: 3, halfOpenMaxConcurrent: 1, successThreshold: 5 });
    await onTest.openAndCoolDown();
    const probe = onTest.begin();
    const [usual, high] = [onTest.begin(), onTest.begin({ priority: 1 })];
    await probe.succeed();

    expect([usual.asked, high.asked]).toEqual([false, true]);
  });

  test('for their share of a second begin when it has passed, although nothing else runs', async () => {
    const onTest = new BreakerOnTest({ maxWaiting: 3, maxCallsPerSecond: 2 });
    await onTest.succeed(2);
    const [usual, high] = [onTest.begin(), onTest.begin({ priority: 1 })];
    onTest.clock.advance(500);
    const inHalfASecond = [usual.asked, high.asked];
    onTest.clock.advance(500);

    expect([inHalfASecond, usual.asked]).toEqual([[false, true], true]);
  });

  test('run in the async context of their caller', async () => {
    const { onTest, first } = setUp();
    const storage = new AsyncLocalStorage<string>();
    const seen = storage.run('waiting', () => onTest.breaker.call(async () => String(storage.getStore())));
    await storage.run('running', () => first.succeed());

    expect(await seen).toEqual({ ok: true, value: 'waiting' });
  });

  test('that throw at once take their turns all the same', async () => {
    const { onTest, first } = setUp({ maxWaiting: 5_000, failureThreshold: 10_000 });
    const waiting = Array.from({ length: 5_000 }, () =>
      onTest.breaker.call(() => {
        throw new Fault();
      }),
    );
    await first.succeed();
    await Promise.all(waiting);

    expect(onTest.breaker.snapshot()).toMatchObject({ failed: 5_000, waiting: 0, running: 0 });
  });

  test('may begin calls that wait themselves', async () => {
    const { onTest, first } = setUp();
    let inner: BegunCall | undefined;
    const outer = onTest.breaker.call(async () => {
      inner = onTest.begin();
      return 'outer';
    });
    await first.succeed();
    await outer;

    expect(inner?.asked).toBe(true);
  });

  test('are not overtaken by a call that one of them makes as it begins', async () => {
    const { onTest } = setUp();
    let inner: BegunCall | undefined;
    const outer = onTest.breaker.call(() => {
      inner = onTest.begin();
      return new Promise<string>(() => {});
    });
    const second = onTest.begin();
    onTest.breaker.updateOptions({ maxConcurrent: 3 });

    expect([second.asked, inner?.asked]).toEqual([true, false]);
    onTest.clock.advance(10_000);
    await outer;
  });

  test('there are none unless asked for', async () => {
    const onTest = new BreakerOnTest({ maxConcurrent: 1 });
    onTest.begin();

    expect(await kindOf(onTest.begin({ priority: 9 }))).toBe('too-many-concurrent-requests');
  });

  test('a priority that is no number is refused', async () => {
    const onTest = new BreakerOnTest();

    await expect(onTest.begin({ priority: Number.NaN }).result).rejects.toThrow(RangeError);
  });
});
