import type {
  Metric,
  Counter as PrometheusCounter,
  Gauge as PrometheusGauge,
  Histogram as PrometheusHistogram,
} from 'prom-client';
import { type MetricDefinition, metricCatalogue } from './metric-catalogue.js';
import type { HistogramSeries, MetricsStore, NumberSeries } from './metrics-store.js';

type Client = typeof import('prom-client');

/** What `GET metrics` answers. */
export interface PrometheusText {
  readonly contentType: string;
  readonly body: string;
}

export interface PrometheusTextSources {
  readonly store: MetricsStore;
  /** Sets every gauge; called before each scrape. */
  readonly setGauges: (store: MetricsStore) => Promise<void> | void;
  /** On every series, so that the series of several instances behind one address stay apart. */
  readonly instance: string;
}

interface Family {
  readonly name: string;
  readonly definition: MetricDefinition;
  readonly numbers: readonly NumberSeries[];
  readonly histograms: readonly HistogramSeries[];
}

const shapeOf = ({ name, definition: { help, labels } }: Family) => ({
  name,
  help,
  labelNames: Object.keys(labels),
  registers: [],
});

const valuesOf = ({ name, definition: { buckets = [] } }: Family, { labels, counts, sum }: HistogramSeries) => {
  let count = 0;
  const cumulated = counts.map((inBucket, index) => {
    count += inBucket;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: buckets[index] ?? '+Inf' }, value: count };
  });
  return [
    ...cumulated,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
};

/** The client's own histogram takes single values only; this one is given counts, by the method its registry calls. */
const filledHistogram = ({ Histogram }: Client, family: Family): PrometheusHistogram => {
  const shape = { ...shapeOf(family), buckets: [...(family.definition.buckets ?? [])] };
  class FilledHistogram extends Histogram {
    async getForPromString() {
      const { name, help } = shape;
      return { name, help, type: 'histogram', values: family.histograms.flatMap((series) => valuesOf(family, series)) };
    }
  }
  return new FilledHistogram(shape);
};

const filledNumbers = ({ Counter, Gauge }: Client, family: Family): PrometheusCounter | PrometheusGauge => {
  const metric = family.definition.type === 'gauge' ? new Gauge(shapeOf(family)) : new Counter(shapeOf(family));
  for (const { labels, value } of family.numbers) metric.inc(labels, value);
  return metric;
};

const filledMetric = (client: Client, family: Family): Metric =>
  family.definition.type === 'histogram' ? filledHistogram(client, family) : filledNumbers(client, family);

const familiesOf = (store: MetricsStore): readonly Family[] => {
  const numbers = store.numbers();
  const histograms = store.histograms();
  return Object.entries(metricCatalogue).map(([name, definition]) => ({
    name,
    definition,
    numbers: numbers.get(name) ?? [],
    histograms: histograms.get(name) ?? [],
  }));
};

/**
 * Writes everything that was counted since the start in the text format of Prometheus. The client is loaded at the first
 * scrape, so that a cold start does not pay for it.
 */
export const createPrometheusText =
  ({ store, setGauges, instance }: PrometheusTextSources): (() => Promise<PrometheusText>) =>
  async () => {
    const client = await import('prom-client');
    const registry = new client.Registry();
    registry.setDefaultLabels({ instance_id: instance });
    await setGauges(store);
    for (const family of familiesOf(store)) registry.registerMetric(filledMetric(client, family));
    return { contentType: registry.contentType, body: await registry.metrics() };
  };
