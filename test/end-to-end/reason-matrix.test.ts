import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { playMatrix } from './fault-matrix/play-matrix.js';
import { describeRows, type RowSaid } from './reason-matrix/describe-rows.js';
import { playRow } from './reason-matrix/play-row.js';
import { readTold, type Said } from './reason-matrix/read-told.js';
import { isCounted, nameOf, rows } from './reason-matrix/rows.js';

const pagePath = join(import.meta.dirname, '../../docs/health.md');
const rewrite = 'REASON_MATRIX=write npx vitest run test/end-to-end/reason-matrix.test.ts';
const tableInPage = /(?<=<!-- reason-matrix -->\n)[\s\S]*?(?=\n<!-- \/reason-matrix -->)/;

const named = rows.map((row, index) => ({ row, index, name: nameOf(row), reason: row.reason ?? 'nothing' }));
const counted = named.filter(({ row }) => isCounted(row));
const wrong = named.filter(({ row }) => row.reason !== undefined);

describe('what is said of a fault', () => {
  let rowsSaid: readonly RowSaid[];

  const saidOf = (index: number): Said => {
    const said = rowsSaid[index]?.said;
    if (said === undefined) throw new Error(`Row ${index} was not played`);
    return said;
  };

  beforeAll(async () => {
    const told = await playMatrix(rows, playRow);
    const said = [];
    // One after the other: the page is shown in a document that all share.
    for (const each of told) said.push({ row: each.row, said: await readTold(each) });
    rowsSaid = said;
  }, 180_000);

  it.each(counted)('$name is "$reason" in health, in the log, in the metrics and on the page', ({ index, reason }) => {
    const { health, log, metric, page } = saidOf(index);

    expect(health.filter((text) => text.endsWith(`: ${reason}`))).not.toEqual([]);
    expect(log.filter((text) => text.endsWith(`: ${reason}`))).not.toEqual([]);
    expect(metric.filter((text) => text.endsWith(`\`${reason}\``))).not.toEqual([]);
    expect(page.filter((text) => text.endsWith(`last failure ${reason}`))).not.toEqual([]);
  });

  it.each(wrong)('$name: the page has a notice for each check, with what to do', ({ index }) => {
    const { health, log, unnoticed } = saidOf(index);

    expect([health.length > 0, log.length > 0, unnoticed]).toEqual([true, true, []]);
  });

  it('stands in docs/health.md', () => {
    const table = describeRows(rowsSaid);
    const page = readFileSync(pagePath, 'utf8');
    if (process.env['REASON_MATRIX'] === 'write')
      writeFileSync(
        pagePath,
        page.replace(tableInPage, () => table),
      );

    const stated = tableInPage.exec(readFileSync(pagePath, 'utf8'))?.[0];
    expect(stated, `The table in docs/health.md is outdated. Run: ${rewrite}`).toBe(table);
  });
});
