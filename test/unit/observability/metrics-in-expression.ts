import { type MetricDefinition, metricCatalogue } from '../../../src/observability/metrics/metric-catalogue.js';

const catalogue: ReadonlyMap<string, MetricDefinition> = new Map(Object.entries(metricCatalogue));

/** Every metric an expression names, and what it asks of its labels. */
export const selectorsIn = (expr: string): readonly { readonly name: string; readonly matchers: string }[] =>
  [...expr.matchAll(/(breakwater_[a-z_]+)(?:\{([^}]*)\})?/g)].map(([, name = '', matchers = '']) => ({
    name,
    matchers,
  }));

export const familyOf = (name: string): MetricDefinition | undefined => {
  const histogram = catalogue.get(name.replace(/_(bucket|sum|count)$/, ''));
  return histogram?.type === 'histogram' ? histogram : catalogue.get(name);
};

const isKnownValue = (definition: MetricDefinition, label: string, value: string): boolean => {
  const values = definition.labels[label];
  return values !== undefined && (typeof values === 'string' || value.split('|').every((one) => values.includes(one)));
};

/** What an expression names that there is not: metrics, labels, values of labels, labels to aggregate by. */
export const unknownIn = (expr: string): readonly string[] => {
  const selectors = selectorsIn(expr);
  const labels = new Set([
    'le',
    'instance_id',
    ...selectors.flatMap(({ name }) => Object.keys(familyOf(name)?.labels ?? {})),
  ]);
  const by = [...expr.matchAll(/by \(([^)]+)\)/g)].flatMap(([, list = '']) => list.split(', '));
  const unknown = selectors.flatMap(({ name, matchers }) => {
    const definition = familyOf(name);
    if (definition === undefined) return [name];
    if (name.endsWith('_bucket') !== (definition.type === 'histogram')) return [name];
    return (matchers === '' ? [] : matchers.split(', ')).filter((part) => {
      const [, label = '', value = ''] = /^([a-z_]+)(?:=|!=|=~)"([^"]+)"$/.exec(part) ?? [];
      return !isKnownValue(definition, label, value);
    });
  });
  return [...unknown, ...by.filter((label) => !labels.has(label))];
};
