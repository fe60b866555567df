import { formatFault } from '../../../local/faults/fault.js';
import { standInTitles } from '../../../local/stack/stand-ins.js';
import type { Said } from './read-told.js';
import type { Row } from './rows.js';

export interface RowSaid {
  readonly row: Row;
  readonly said: Said;
}

const subjectOf = ({ of }: Row): string => (of === 'queue:bot-notifier' ? "one bot's queue" : standInTitles[of]);

const faultOf = (row: Row): string => ('fault' in row ? `\`${formatFault(row.fault)}\`` : row.trouble);

const cell = (texts: readonly string[]): string => (texts.length === 0 ? '–' : texts.join('<br>'));

/** The table of docs/health.md: what each place says of each fault. Faults of which all say the same share a row. */
export const describeRows = (rows: readonly RowSaid[]): string => {
  const groups = Map.groupBy(rows, ({ row, said: { health, log, metric, page } }) =>
    [subjectOf(row), ...[health, log, metric, page].map(cell)].join(' | '),
  );
  return [
    '| what fails | health | log | `breakwater_dependency_failures_total` | page | how |',
    '| --- | --- | --- | --- | --- | --- |',
    ...[...groups].map(([said, group]) => `| ${said} | ${group.map(({ row }) => faultOf(row)).join(', ')} |`),
  ].join('\n');
};
