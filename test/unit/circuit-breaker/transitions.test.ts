import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import type { Transition } from '../../../src/circuit-breaker/listeners.js';
import { BreakerOnTest } from './breaker-on-test.js';

describe('breaker: its transitions', () => {
  test('say from what, to what, why, when, and how long until probes pass', async () => {
    const onTest = new BreakerOnTest({ successThreshold: 1 });
    await onTest.openAndCoolDown();
    await onTest.succeed();

    expect(onTest.transitions).toEqual([
      {
        breaker: 'warehouse',
        from: 'Closed',
        to: 'Open',
        reason: 'failure-threshold',
        at: '2026-01-01T00:00:00.000Z',
        retryAfterMs: 30_000,
      },
      {
        breaker: 'warehouse',
        from: 'Open',
        to: 'HalfOpen',
        reason: 'cool-down-elapsed',
        at: '2026-01-01T00:00:30.000Z',
        retryAfterMs: 0,
      },
      {
        breaker: 'warehouse',
        from: 'HalfOpen',
        to: 'Closed',
        reason: 'success-threshold',
        at: '2026-01-01T00:00:30.000Z',
        retryAfterMs: 0,
      },
    ] satisfies Transition[]);
  });

  test('are told after the state has changed', async () => {
    const states: string[] = [];
    const onTest = new BreakerOnTest({}, { onTransition: () => states.push(onTest.breaker.state) });

    await onTest.open();

    expect(states).toEqual(['Open']);
  });

  test('are told to every subscriber until it unsubscribes', async () => {
    const onTest = new BreakerOnTest();
    const heard: string[] = [];
    const unsubscribe = onTest.breaker.subscribe(({ to }) => heard.push(to));

    onTest.breaker.forceOpen();
    unsubscribe();
    unsubscribe();
    onTest.breaker.reset();

    expect(heard).toEqual(['Open']);
    expect(onTest.steps).toHaveLength(2);
  });

  test('one listener subscribed twice hears twice, and unsubscribes one by one', () => {
    const onTest = new BreakerOnTest();
    let heard = 0;
    const listener = () => {
      heard += 1;
    };
    const unsubscribe = onTest.breaker.subscribe(listener);
    onTest.breaker.subscribe(listener);

    onTest.breaker.forceOpen();
    unsubscribe();
    onTest.breaker.reset();

    expect(heard).toBe(3);
  });

  test('a listener that throws or rejects reaches neither the call nor the other listeners', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const onTest = new BreakerOnTest(
      { failureThreshold: 1 },
      {
        onTransition: () => {
          throw new Error('listener');
        },
      },
    );
    const heard: string[] = [];
    onTest.breaker.subscribe(() => Promise.reject(new Error('listener')));
    onTest.breaker.subscribe(({ to }) => heard.push(to));

    const result = await onTest.begin().fail();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);

    expect(result).toMatchObject({ error: { kind: 'operation-failed' } });
    expect(heard).toEqual(['Open']);
    expect(unhandled).toEqual([]);
  });

  test('that a listener causes are told after the present one, to all in the same order', () => {
    const onTest = new BreakerOnTest({}, { onTransition: () => {} });
    const heard: string[] = [];
    onTest.breaker.subscribe(({ to }) => {
      heard.push(`first: ${to}`);
      if (to === 'Open') onTest.breaker.reset();
    });
    onTest.breaker.subscribe(({ to }) => heard.push(`second: ${to}`));

    onTest.breaker.forceOpen();

    expect(heard).toEqual(['first: Open', 'second: Open', 'first: Closed', 'second: Closed']);
  });

  test('the call that begins to probe is no probe when a listener resets the breaker meanwhile', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 1 });
    await onTest.openAndCoolDown();
    onTest.breaker.subscribe(({ to }) => {
      if (to === 'HalfOpen') onTest.breaker.reset();
    });

    const probe = onTest.begin();
    await probe.fail();

    expect(probe.asked).toBe(true);
    expect(onTest.steps.slice(2)).toEqual(['HalfOpen → Closed (reset)', 'Closed → Open (failure-threshold)']);
  });

  test('`forceOpen` in a listener holds: the call that begins to probe is refused', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 1 });
    await onTest.openAndCoolDown();
    onTest.breaker.subscribe(({ to }) => {
      if (to === 'HalfOpen') onTest.breaker.forceOpen();
    });

    const probe = onTest.begin();

    expect(probe.asked).toBe(false);
    expect(await probe.result).toMatchObject({ error: { kind: 'circuit-open' } });
    expect(onTest.breaker.snapshot()).toMatchObject({ state: 'Open', mode: 'forced-open', rejected: 1 });
  });

  test('the call that begins to probe passes when a listener disables the breaker meanwhile', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 1 });
    await onTest.openAndCoolDown();
    onTest.breaker.subscribe(() => onTest.breaker.disable());

    expect(onTest.begin().asked).toBe(true);
    expect(onTest.breaker.mode).toBe('disabled');
  });

  test('the call that begins to probe is refused when a listener opens the breaker again, however soon it may probe', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 1 });
    await onTest.openAndCoolDown();
    const open = onTest.breaker.exportState();
    onTest.breaker.subscribe(({ to }) => {
      if (to === 'HalfOpen') onTest.breaker.importState(open);
    });

    expect(onTest.begin().asked).toBe(false);
    expect(onTest.breaker.snapshot()).toMatchObject({ state: 'Open', retryAfterMs: 0, rejected: 1 });
  });

  test('a listener’s rejected promise of another realm, or thenable, is no unhandled rejection', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const onTest = new BreakerOnTest({ failureThreshold: 1 });
    onTest.breaker.subscribe(() => runInNewContext("Promise.reject(new Error('of another realm'))"));
    onTest.breaker.observeCalls(() => runInNewContext("Promise.reject(new Error('of another realm'))"));

    await onTest.fail();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);

    expect(unhandled).toEqual([]);
  });

  test('while a listener runs, the breaker answers calls', async () => {
    const onTest = new BreakerOnTest({ failureThreshold: 1 });
    const kinds: string[] = [];
    onTest.breaker.subscribe(async () => {
      const result = await onTest.begin().result;
      kinds.push(result.ok ? 'ok' : result.error.kind);
    });

    await onTest.fail();
    await Promise.resolve();

    expect(kinds).toEqual(['circuit-open']);
  });
});
