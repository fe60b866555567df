import { type MetricDefinition, metricCatalogue } from '../../src/observability/metrics/metric-catalogue.js';
import { tableRow, withTable } from './table-in.js';

const labelsCell = ({ labels }: MetricDefinition): string =>
  Object.entries(labels)
    .map(([label, values]) => (typeof values === 'string' ? `\`${label}\`` : `\`${label}\`: ${values.join(', ')}`))
    .join('; ');

const definitions: readonly (readonly [string, MetricDefinition])[] = Object.entries(metricCatalogue);

/** docs/metrics.md with its table of metrics. */
export const withMetricTable = withTable('metrics', () =>
  [
    '| metric | type | labels | what |',
    '| --- | --- | --- | --- |',
    ...definitions.map(([name, definition]) =>
      tableRow([`\`${name}\``, definition.type, labelsCell(definition), definition.help]),
    ),
  ].join('\n'),
);
