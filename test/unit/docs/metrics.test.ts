import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withMetricTable } from '../../../scripts/tables/metric-table.js';
import { type MetricDefinition, metricCatalogue } from '../../../src/observability/metrics/metric-catalogue.js';

const page = readFileSync(join(import.meta.dirname, '../../../docs/metrics.md'), 'utf8');
const definitions: readonly (readonly [string, MetricDefinition])[] = Object.entries(metricCatalogue);

describe('metrics page', () => {
  it('has one row for each metric, as it stands in the code, and no other', () => {
    expect(withMetricTable(page)).toBe(page);
    expect(page.match(/^\| `breakwater_/gm)).toHaveLength(definitions.length);
  });

  it('states the buckets that the code has', () => {
    const stated = [...page.matchAll(/^Buckets of (\w+): ([\d., ]+)\.$/gm)].map(([, unit, bounds = '']) => [
      unit,
      bounds.split(', ').map(Number),
    ]);

    expect(Object.fromEntries(stated)).toEqual({
      durations: metricCatalogue.breakwater_webhook_duration_seconds.buckets,
      recoveries: metricCatalogue.breakwater_circuit_breaker_recovery_seconds.buckets,
      sizes: metricCatalogue.breakwater_webhook_payload_bytes.buckets,
    });
    for (const [, { buckets }] of definitions) {
      if (buckets !== undefined) expect(stated.map(([, bounds]) => bounds)).toContainEqual(buckets);
    }
  });
});
