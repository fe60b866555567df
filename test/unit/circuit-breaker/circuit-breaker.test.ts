import { afterEach, describe, expect, test, vi } from 'vitest';
import { CircuitBreaker } from '../../../src/circuit-breaker/circuit-breaker.js';
import { defaultBreakerOptions } from '../../../src/circuit-breaker/presets.js';
import { ManualClock } from '../../support/manual-clock.js';

const setUp = () => {
  const clock = new ManualClock();
  const transitions: string[] = [];
  const breaker = new CircuitBreaker<number, unknown>({
    name: 'warehouse',
    options: defaultBreakerOptions,
    classify: (error) => ({ verdict: 'failure', error }),
    clock,
    onTransition: ({ from, to, reason }) => transitions.push(`${from} → ${to}: ${reason}`),
  });
  return { clock, transitions, breaker };
};

afterEach(() => void vi.useRealTimers());

describe('breaker', () => {
  test('five consecutive failures open it, three successes after the cool-down close it', async () => {
    const { breaker, clock, transitions } = setUp();
    const fault = new Error('down');

    for (let call = 0; call < 5; call += 1) await breaker.call(() => Promise.reject(fault));
    const refused = await breaker.call(async () => 1);
    clock.advance(30_000);
    for (let call = 0; call < 3; call += 1) await breaker.call(async () => 1);

    expect(refused).toEqual({ ok: false, error: { kind: 'circuit-open', breaker: 'warehouse', retryAfterMs: 30_000 } });
    expect(transitions).toEqual([
      'Closed → Open: failure-threshold',
      'Open → HalfOpen: cool-down-elapsed',
      'HalfOpen → Closed: success-threshold',
    ]);
  });

  test('a call without an answer is a timeout at its deadline and its signal is aborted', async () => {
    const { breaker, clock } = setUp();
    let reason: unknown;

    const answer = breaker.call((signal) => {
      signal.addEventListener('abort', () => {
        reason = signal.reason;
      });
      return new Promise<number>(() => {});
    });
    clock.advance(10_000);

    expect(await answer).toEqual({ ok: false, error: { kind: 'timeout', breaker: 'warehouse', timeoutMs: 10_000 } });
    expect(reason).toMatchObject({ name: 'TimeoutError' });
    expect(breaker.snapshot()).toMatchObject({ failed: 1, timedOut: 1, running: 0, consecutiveFailures: 1 });
  });

  test('works where timers are numbers, as in a simulated browser', async () => {
    const real = globalThis.setTimeout;
    vi.stubGlobal('setTimeout', (...given: Parameters<typeof real>) => Number(real(...given)));

    const result = await new CircuitBreaker({ name: 'payments' }).call(async () => 'paid', { timeoutMs: 1_000 });
    vi.unstubAllGlobals();

    expect(result).toEqual({ ok: true, value: 'paid' });
  });

  test('without a clock of its own it obeys fake timers, in the exact millisecond, also those that come after it was made', async () => {
    const breaker = new CircuitBreaker({ name: 'warehouse' });
    vi.useFakeTimers();

    const answer = breaker.call(() => new Promise(() => {}));
    vi.advanceTimersByTime(9_999);
    const before = breaker.snapshot();
    vi.advanceTimersByTime(1);

    expect([before.timedOut, breaker.snapshot().timedOut]).toEqual([0, 1]);
    expect(await answer).toMatchObject({ error: { kind: 'timeout', timeoutMs: 10_000 } });
  });
});
