import { describe, expect, it } from 'vitest';
import { type MetricDefinition, metricCatalogue } from '../../../../src/observability/metrics/metric-catalogue.js';
import { createMetricsStore } from '../../../../src/observability/metrics/metrics-store.js';

const definitions: readonly (readonly [string, MetricDefinition])[] = Object.entries(metricCatalogue);

describe('metrics store', () => {
  it('counts each set of labels apart', () => {
    const store = createMetricsStore();

    store.count('breakwater_webhooks_total', { provider: 'github', outcome: 'accepted' });
    store.count('breakwater_webhooks_total', { outcome: 'accepted', provider: 'github' }, 2);
    store.count('breakwater_webhooks_total', { provider: 'github', outcome: 'rejected' });

    expect(store.numbers().get('breakwater_webhooks_total')).toEqual([
      { labels: { provider: 'github', outcome: 'accepted' }, value: 3 },
      { labels: { provider: 'github', outcome: 'rejected' }, value: 1 },
    ]);
  });

  it('puts a value into the first bucket that holds it, bounds included, and what is above all into the last', () => {
    const store = createMetricsStore();

    for (const bytes of [0, 1_024, 1_025, 26_214_400, 26_214_401]) {
      store.observe('breakwater_webhook_payload_bytes', { provider: 'github' }, bytes);
    }

    expect(store.histograms().get('breakwater_webhook_payload_bytes')).toEqual([
      { labels: { provider: 'github' }, counts: [2, 1, 0, 0, 0, 0, 0, 1, 1], sum: 52_430_850 },
    ]);
  });

  it('a gauge is what it was set to last', () => {
    const store = createMetricsStore();

    store.set('breakwater_secret_cached', { secret: 'admin-token' }, 1);
    store.set('breakwater_secret_cached', { secret: 'admin-token' }, 0);

    expect(store.numbers().get('breakwater_secret_cached')).toEqual([{ labels: { secret: 'admin-token' }, value: 0 }]);
  });

  it('declared names appear with 0 in every combination, and keep what they count', () => {
    const store = createMetricsStore();
    store.count('breakwater_webhooks_total', { provider: 'github', outcome: 'accepted' });

    store.declare({ provider: ['github', 'gitlab'], breaker: ['key-vault'] });

    const series = store.numbers().get('breakwater_webhooks_total') ?? [];
    expect(series).toHaveLength(12);
    expect(series.reduce((sum, { value }) => sum + value, 0)).toBe(1);
    expect(store.numbers().get('breakwater_secret_lookups_total')).toBeUndefined();
    expect(store.numbers().get('breakwater_circuit_breaker_state')).toBeUndefined();
    expect(store.histograms().get('breakwater_webhook_duration_seconds')).toHaveLength(2);
  });

  it('counting holds no more memory than there are sets of labels', () => {
    const store = createMetricsStore();

    for (let call = 0; call < 10_000; call += 1) {
      store.observe('breakwater_webhook_stage_duration_seconds', { stage: 'read' }, call);
    }

    expect(store.histograms().get('breakwater_webhook_stage_duration_seconds')).toHaveLength(1);
  });
});

describe('metric names', () => {
  it.each(definitions)('%s follows the conventions of Prometheus', (name, { type, help, labels, buckets }) => {
    expect(name).toMatch(/^breakwater_[a-z][a-z_]*[a-z]$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    if (type === 'histogram') expect(name).toMatch(/_(seconds|bytes)$/);
    expect(help).toMatch(/^[A-Z].*\.$/);
    for (const label of Object.keys(labels)) expect(label).toMatch(/^[a-z_]+$/);
    expect(buckets !== undefined).toBe(type === 'histogram');
    expect([...(buckets ?? [])].sort((one, other) => one - other)).toEqual(buckets ?? []);
  });
});
