import { describe, expect, it } from 'vitest';
import { metricCatalogue } from '../../../../src/observability/metrics/metric-catalogue.js';
import { createMetricsStore } from '../../../../src/observability/metrics/metrics-store.js';
import { createPrometheusText } from '../../../../src/observability/metrics/prometheus-text.js';

const setUp = () => {
  const store = createMetricsStore();
  const scrape = createPrometheusText({
    store,
    setGauges: (gauges) => gauges.set('breakwater_build_info', { version: '1.2.3' }, 1),
    instance: 'here',
  });
  return { store, scrape };
};

describe('Prometheus text', () => {
  it('has help and type of every metric, in its content type', async () => {
    const { scrape } = setUp();

    const { contentType, body } = await scrape();

    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    for (const [name, { type, help }] of Object.entries(metricCatalogue)) {
      expect(body).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
    }
  });

  it('shows what was counted before the first scrape', async () => {
    const { store, scrape } = setUp();
    store.count('breakwater_webhooks_total', { provider: 'github', outcome: 'accepted' }, 3);

    const { body } = await scrape();

    expect(body).toContain('\nbreakwater_webhooks_total{provider="github",outcome="accepted",instance_id="here"} 3\n');
    expect(body).toContain('\nbreakwater_build_info{version="1.2.3",instance_id="here"} 1\n');
  });

  it('cumulates the buckets of a histogram, with sum and count', async () => {
    const { store, scrape } = setUp();
    for (const bytes of [10, 2_000, 2_000, 99_000_000]) {
      store.observe('breakwater_webhook_payload_bytes', { provider: 'github' }, bytes);
    }

    const { body } = await scrape();

    const lines = body.split('\n').filter((line) => line.startsWith('breakwater_webhook_payload_bytes'));
    expect(lines).toEqual([
      ...[
        ['1024', 1],
        ['4096', 3],
        ['16384', 3],
        ['65536', 3],
        ['196608', 3],
        ['1048576', 3],
        ['4194304', 3],
        ['26214400', 3],
        ['+Inf', 4],
      ].map(
        ([bound, count]) =>
          `breakwater_webhook_payload_bytes_bucket{provider="github",le="${bound}",instance_id="here"} ${count}`,
      ),
      'breakwater_webhook_payload_bytes_sum{provider="github",instance_id="here"} 99004010',
      'breakwater_webhook_payload_bytes_count{provider="github",instance_id="here"} 4',
    ]);
  });

  it('a second scrape goes on from the first', async () => {
    const { store, scrape } = setUp();
    store.count('breakwater_internal_errors_total', {});
    await scrape();
    store.count('breakwater_internal_errors_total', {});

    const { body } = await scrape();

    expect(body).toContain('\nbreakwater_internal_errors_total{instance_id="here"} 2\n');
  });

  it('a name that holds quotes and line breaks cannot forge a line', async () => {
    const { store, scrape } = setUp();
    store.count('breakwater_webhook_problems_total', { code: 'a"} 1\nforged_total 5' });

    const { body } = await scrape();

    expect(body.split('\n').filter((line) => line.startsWith('forged'))).toEqual([]);
  });
});
