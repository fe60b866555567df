import {
  configured,
  type GaugeName,
  type HistogramName,
  type LabelsOf,
  type LabelValues,
  type MetricName,
  metricCatalogue,
} from './metric-catalogue.js';
import type { Metrics } from './metrics.js';

export type Labels = Readonly<Record<string, string>>;

/** One counter or gauge series at one moment. */
export interface NumberSeries {
  readonly labels: Labels;
  readonly value: number;
}

/** One histogram series. `counts` holds one count for each bucket of the catalogue, not cumulated, and one for above. */
export interface HistogramSeries {
  readonly labels: Labels;
  readonly counts: readonly number[];
  readonly sum: number;
}

/** The values of the labels that the configuration decides, by label: providers, breakers, secrets. */
export type ConfiguredNames = Readonly<Record<string, readonly string[]>>;

/** What has been counted since the start. Counters only grow: resetting a breaker does not touch them. */
export interface MetricsStore extends Metrics {
  /** Makes every counter and histogram that these names allow appear with 0: `rate()` misses a first event otherwise. */
  declare(names: ConfiguredNames): void;
  /** What is true now; read and set at each scrape. */
  set<Name extends GaugeName>(name: Name, labels: LabelsOf<Name>, value: number): void;
  /** Every counter and gauge, by the name of its metric. */
  numbers(): ReadonlyMap<string, readonly NumberSeries[]>;
  histograms(): ReadonlyMap<string, readonly HistogramSeries[]>;
}

interface NumberCell {
  readonly labels: Labels;
  value: number;
}

interface HistogramCell {
  readonly labels: Labels;
  readonly counts: number[];
  sum: number;
}

const isMetric = (name: string): name is MetricName => Object.hasOwn(metricCatalogue, name);
const metricNames = Object.keys(metricCatalogue).filter(isMetric);

/** The names of each metric's labels, in the catalogue's order. */
const labelNames: ReadonlyMap<MetricName, readonly string[]> = new Map(
  metricNames.map((name) => [name, Object.keys(metricCatalogue[name].labels)]),
);

/** What tells one series of a metric from another. No value of a label holds a line feed. */
const seriesKey = (name: MetricName, labels: Labels): string => {
  const [first = '', ...others] = labelNames.get(name) ?? [];
  return others.reduce((key, label) => `${key}\n${labels[label]}`, labels[first] ?? '');
};

/** The cell of one series, made when it is first asked for. */
const cellIn = <Cell>(
  families: Map<MetricName, Map<string, Cell>>,
  { name, labels, make }: { readonly name: MetricName; readonly labels: Labels; readonly make: () => Cell },
): Cell => {
  const key = seriesKey(name, labels);
  const known = families.get(name)?.get(key);
  if (known !== undefined) return known;
  const cell = make();
  const family = families.get(name) ?? new Map<string, Cell>();
  families.set(name, family.set(key, cell));
  return cell;
};

const zeros = (length: number): number[] => Array.from({ length }, () => 0);

const isHistogram = (name: MetricName): name is HistogramName => metricCatalogue[name].type === 'histogram';

const bucketOf = (buckets: readonly number[], value: number): number => {
  let bucket = 0;
  for (const bound of buckets) {
    if (value <= bound) return bucket;
    bucket += 1;
  }
  return bucket;
};

const series = <Cell>(families: Map<MetricName, Map<string, Cell>>): ReadonlyMap<string, readonly Cell[]> =>
  new Map([...families].map(([name, cells]) => [name, [...cells.values()]]));

const labelsOf = (name: MetricName): Readonly<Record<string, LabelValues>> => metricCatalogue[name].labels;

/** Every set of labels that a metric can have; none when one of its labels has no names. */
const combinations = (name: MetricName, names: ConfiguredNames): readonly Labels[] =>
  Object.entries(labelsOf(name)).reduce<readonly Labels[]>(
    (known, [label, values]) =>
      known.flatMap((labels) =>
        (values === configured ? (names[label] ?? []) : values).map((value) => ({ ...labels, [label]: value })),
      ),
    [{}],
  );

/** Counts in memory of its own, so that the Prometheus client need not be loaded before the first scrape. */
export const createMetricsStore = (): MetricsStore => {
  const numbers = new Map<MetricName, Map<string, NumberCell>>();
  const histograms = new Map<MetricName, Map<string, HistogramCell>>();

  const numberCell = (name: MetricName, labels: Labels): NumberCell =>
    cellIn(numbers, { name, labels, make: () => ({ labels, value: 0 }) });

  const histogramCell = (name: HistogramName, labels: Labels): HistogramCell => {
    const bucketCount = metricCatalogue[name].buckets.length + 1;
    return cellIn(histograms, { name, labels, make: () => ({ labels, counts: zeros(bucketCount), sum: 0 }) });
  };

  const declareSeries = (name: MetricName, labels: Labels): void => {
    if (isHistogram(name)) histogramCell(name, labels);
    else if (metricCatalogue[name].type === 'counter') numberCell(name, labels);
  };

  return {
    declare(names) {
      for (const name of metricNames) for (const labels of combinations(name, names)) declareSeries(name, labels);
    },
    count(name, labels, by = 1) {
      numberCell(name, labels).value += by;
    },
    set(name, labels, value) {
      numberCell(name, labels).value = value;
    },
    observe(name, labels, value) {
      const cell = histogramCell(name, labels);
      const bucket = bucketOf(metricCatalogue[name].buckets, value);
      cell.counts[bucket] = (cell.counts[bucket] ?? 0) + 1;
      cell.sum += value;
    },
    numbers: () => series(numbers),
    histograms: () => series(histograms),
  };
};
