import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from '../../../../src/circuit-breaker/circuit-breaker.js';
import type { Classified } from '../../../../src/circuit-breaker/guarded-call.js';
import { defaultBreakerOptions } from '../../../../src/circuit-breaker/presets.js';
import { createMetricsStore } from '../../../../src/observability/metrics/metrics-store.js';
import { observeBreaker } from '../../../../src/observability/metrics/observe-breaker.js';
import { ManualClock } from '../../../support/manual-clock.js';

class StockError extends Error {
  readonly verdict: Classified<StockError>['verdict'];
  constructor(verdict: Classified<StockError>['verdict']) {
    super(verdict);
    this.verdict = verdict;
  }
}

const classify = (thrown: unknown): Classified<StockError> => {
  const error = thrown instanceof StockError ? thrown : new StockError('failure');
  return { verdict: error.verdict, error };
};

const setUp = () => {
  const clock = new ManualClock();
  const metrics = createMetricsStore();
  const breaker = new CircuitBreaker<number, StockError>({
    name: 'warehouse',
    options: { ...defaultBreakerOptions, failureThreshold: 1 },
    classify,
    clock,
  });
  const lines: unknown[] = [];
  const counts = () =>
    (metrics.numbers().get('breakwater_circuit_breaker_calls_total') ?? []).map(({ labels, value }) => [
      labels['breaker'],
      labels['outcome'],
      value,
    ]);
  const durations = () =>
    structuredClone(metrics.histograms().get('breakwater_circuit_breaker_call_duration_seconds') ?? []);
  observeBreaker(breaker, { metrics, log: { write: (...line) => void lines.push(line) } });
  return { clock, metrics, breaker, counts, durations, lines };
};

describe('observed breaker', () => {
  it('a success is counted and timed in seconds, and its value passed on', async () => {
    const { breaker, clock, counts, durations } = setUp();

    const answer = breaker.call(async () => {
      clock.advance(250);
      return 7;
    });

    expect(await answer).toEqual({ ok: true, value: 7 });
    expect(counts()).toEqual([['warehouse', 'success', 1]]);
    expect(durations()).toMatchObject([{ labels: { breaker: 'warehouse' }, sum: 0.25 }]);
  });

  it.each(['failure', 'success', 'ignored'] as const)('an error that is a %s is counted as one', async (verdict) => {
    const { breaker, counts } = setUp();

    await breaker.call(() => Promise.reject(new StockError(verdict)));

    expect(counts()).toEqual([['warehouse', verdict, 1]]);
  });

  it('a timeout is counted apart from failures', async () => {
    const { breaker, clock, counts, durations } = setUp();

    const answer = breaker.call(() => new Promise<number>(() => {}));
    clock.advance(10_000);
    await answer;

    expect(counts()).toEqual([['warehouse', 'timeout', 1]]);
    expect(durations()).toMatchObject([{ sum: 10 }]);
  });

  it('a rejected call is counted and not timed: it never reached the dependency', async () => {
    const { breaker, counts, durations } = setUp();
    await breaker.call(() => Promise.reject(new StockError('failure')));
    const [before] = durations();

    const answer = await breaker.call(async () => 1);

    expect(answer).toMatchObject({ ok: false, error: { kind: 'circuit-open' } });
    expect(counts()).toEqual([
      ['warehouse', 'failure', 1],
      ['warehouse', 'rejected', 1],
    ]);
    expect(durations()).toEqual([before]);
  });

  it('a reset of the breaker makes no counter fall', async () => {
    const { breaker, counts } = setUp();
    await breaker.call(async () => 1);

    breaker.reset();
    await breaker.call(async () => 1);

    expect(counts()).toEqual([['warehouse', 'success', 2]]);
  });

  it('each change of state is counted by the new state', async () => {
    const { breaker, clock, metrics } = setUp();

    await breaker.call(() => Promise.reject(new StockError('failure')));
    clock.advance(30_000);
    await breaker.call(async () => 1);

    expect(metrics.numbers().get('breakwater_circuit_breaker_transitions_total')).toEqual([
      { labels: { breaker: 'warehouse', to: 'open' }, value: 1 },
      { labels: { breaker: 'warehouse', to: 'half-open' }, value: 1 },
    ]);
  });

  it('a recovery is timed from the first opening, and a reset is none', async () => {
    const { breaker, clock, metrics } = setUp();
    const fail = () => breaker.call(() => Promise.reject(new StockError('failure')));
    await fail();
    clock.advance(30_000);
    await fail();
    clock.advance(30_000);
    for (let probe = 0; probe < defaultBreakerOptions.successThreshold; probe += 1) await breaker.call(async () => 1);
    await fail();
    breaker.reset();

    expect(metrics.histograms().get('breakwater_circuit_breaker_recovery_seconds')).toMatchObject([
      { labels: { breaker: 'warehouse' }, sum: 60 },
    ]);
  });

  it('a fallback is counted by whether it gave a value', async () => {
    const { breaker, metrics } = setUp();
    const down = () => Promise.reject(new StockError('failure'));
    await breaker.execute(down, { fallback: 7 });
    await breaker.execute(down, { fallback: down }).catch(() => {});

    expect(metrics.numbers().get('breakwater_circuit_breaker_fallbacks_total')).toEqual([
      { labels: { breaker: 'warehouse', outcome: 'served' }, value: 1 },
      { labels: { breaker: 'warehouse', outcome: 'failed' }, value: 1 },
    ]);
  });
});
