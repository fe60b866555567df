import { describe, expect, it } from 'vitest';
import { type Labels, MetricFamily } from '../../../../src/observability/metrics/metrics-store.js';

const family = (...labelNames: readonly string[]) => new MetricFamily(labelNames, (labels: Labels) => ({ labels }));

describe('metric family', () => {
  it('has one cell for each set of values, whatever the order of the labels', () => {
    const calls = family('breaker', 'outcome');

    const cell = calls.cell({ breaker: 'key-vault', outcome: 'success' });

    expect(calls.cell({ outcome: 'success', breaker: 'key-vault' })).toBe(cell);
    expect(calls.cell({ breaker: 'success', outcome: 'key-vault' })).not.toBe(cell);
    expect(calls.cell({ breaker: 'key-vault', outcome: 'failure' })).not.toBe(cell);
    expect(calls.cells).toHaveLength(3);
  });

  it('has one cell when the metric has no labels', () => {
    const errors = family();

    expect(errors.cell({})).toBe(errors.cell({}));
  });

  it('takes no third label', () => {
    expect(() => family('provider', 'outcome', 'code')).toThrow(RangeError);
  });
});
