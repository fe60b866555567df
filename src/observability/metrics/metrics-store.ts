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

/**
 * All series of one metric: a cell for each set of its labels' values, made when it is first asked for. Looked up by one value
 * after the other, so that no key has to be put together for each call.
 */
export class MetricFamily<Cell> {
  readonly cells: Cell[] = [];
  readonly #first: string;
  readonly #second: string;
  readonly #make: (labels: Labels) => Cell;
  readonly #byValues = new Map<string, Map<string, Cell>>();

  /** Accepts at most two labels; throws `RangeError` for more. */
  constructor(labelNames: readonly string[], make: (labels: Labels) => Cell) {
    const [first = '', second = '', ...others] = labelNames;
    if (others.length > 0) throw new RangeError(`A metric has at most two labels, not ${labelNames.length}`);
    this.#first = first;
    this.#second = second;
    this.#make = make;
  }

  cell(labels: Labels): Cell {
    const first = labels[this.#first] ?? '';
    const second = labels[this.#second] ?? '';
    return this.#byValues.get(first)?.get(second) ?? this.#add(labels, first, second);
  }

  #add(labels: Labels, first: string, second: string): Cell {
    const cell = this.#make(labels);
    const cells = this.#byValues.get(first) ?? new Map<string, Cell>();
    this.#byValues.set(first, cells.set(second, cell));
    this.cells.push(cell);
    return cell;
  }
}

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

/** Those whose series appear with 0. */
const declaredNames = metricNames.filter(
  (name) => metricCatalogue[name].type !== 'gauge' && !('undeclared' in metricCatalogue[name]),
);

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

/** The family of one metric, made when it is first asked for. */
const familyIn = <Name extends MetricName, Cell>(
  families: Map<MetricName, MetricFamily<Cell>>,
  name: Name,
  make: (name: Name, labels: Labels) => Cell,
): MetricFamily<Cell> => {
  const known = families.get(name);
  if (known !== undefined) return known;
  const family = new MetricFamily(Object.keys(labelsOf(name)), (labels) => make(name, labels));
  families.set(name, family);
  return family;
};

const series = <Cell>(families: ReadonlyMap<MetricName, MetricFamily<Cell>>): ReadonlyMap<string, readonly Cell[]> =>
  new Map([...families].map(([name, { cells }]) => [name, [...cells]]));

const newNumber = (_name: MetricName, labels: Labels): NumberCell => ({ labels, value: 0 });

const newHistogram = (name: HistogramName, labels: Labels): HistogramCell => ({
  labels,
  counts: zeros(metricCatalogue[name].buckets.length + 1),
  sum: 0,
});

/** Counts in memory of its own, so that the Prometheus client need not be loaded before the first scrape. */
export const createMetricsStore = (): MetricsStore => {
  const numbers = new Map<MetricName, MetricFamily<NumberCell>>();
  const histograms = new Map<MetricName, MetricFamily<HistogramCell>>();

  const numberCell = (name: MetricName, labels: Labels): NumberCell => familyIn(numbers, name, newNumber).cell(labels);

  const histogramCell = (name: HistogramName, labels: Labels): HistogramCell =>
    familyIn(histograms, name, newHistogram).cell(labels);

  const declareSeries = (name: MetricName, labels: Labels): void => {
    if (isHistogram(name)) histogramCell(name, labels);
    else numberCell(name, labels);
  };

  return {
    declare(names) {
      for (const name of declaredNames) {
        for (const labels of combinations(name, names)) declareSeries(name, labels);
      }
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

export type Stage = LabelsOf<'breakwater_webhook_stage_duration_seconds'>['stage'];

/** Starts a stopwatch. Each lap records the time since the one before, or since the start, as that stage's. */
export type StartLaps = () => (stage: Stage) => void;

interface Stopwatch {
  readonly metrics: Metrics;
  readonly clock: { monotonicMs(): number };
}

export const createStartLaps =
  ({ metrics, clock }: Stopwatch): StartLaps =>
  () => {
    let sinceMs = clock.monotonicMs();
    return (stage) => {
      const nowMs = clock.monotonicMs();
      metrics.observe('breakwater_webhook_stage_duration_seconds', { stage }, (nowMs - sinceMs) / 1000);
      sinceMs = nowMs;
    };
  };

/** Returns what the started call returns; the lap is recorded however it ends. */
export const lapOf = async <R>(lap: ReturnType<StartLaps>, stage: Stage, call: Promise<R>): Promise<R> => {
  try {
    return await call;
  } finally {
    lap(stage);
  }
};
