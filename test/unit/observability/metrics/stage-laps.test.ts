import { describe, expect, it } from 'vitest';
import { createMetricsStore, createStartLaps, lapOf } from '../../../../src/observability/metrics/metrics-store.js';
import { ManualClock } from '../../../support/manual-clock.js';

const setUp = () => {
  const clock = new ManualClock();
  const metrics = createMetricsStore();
  const seconds = () =>
    (metrics.histograms().get('breakwater_webhook_stage_duration_seconds') ?? []).map(({ labels, sum }) => [
      labels['stage'],
      sum,
    ]);
  return { clock, seconds, startLaps: createStartLaps({ metrics, clock }) };
};

describe('stage laps', () => {
  it('each lap is the time since the one before', () => {
    const { clock, seconds, startLaps } = setUp();

    const lap = startLaps();
    clock.advance(20);
    lap('authenticate');
    clock.advance(5);
    lap('normalize');

    expect(seconds()).toEqual([
      ['authenticate', 0.02],
      ['normalize', 0.005],
    ]);
  });

  it('a timed stage is recorded when it fails too, and fails as before', async () => {
    const { clock, seconds, startLaps } = setUp();
    const fault = new Error('down');
    const { promise, reject } = Promise.withResolvers<never>();
    const work = lapOf(startLaps(), 'archive', promise);
    clock.advance(1_500);
    reject(fault);

    await expect(work).rejects.toBe(fault);

    expect(seconds()).toEqual([['archive', 1.5]]);
  });
});
