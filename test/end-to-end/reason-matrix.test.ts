import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { findBrowser } from '../support/find-browser.js';
import { playMatrix } from './fault-matrix/play-matrix.js';
import { openBrowserPage } from './reason-matrix/browser-page.js';
import { describeRows, type RowSaid } from './reason-matrix/describe-rows.js';
import { playRow } from './reason-matrix/play-row.js';
import { readTold, type Said } from './reason-matrix/read-told.js';
import { isCounted, isMissingSecret, nameOf, rows } from './reason-matrix/rows.js';
import { type PageText, showOnPage } from './reason-matrix/text-document.js';

const pagePath = join(import.meta.dirname, '../../docs/health.md');
const rewrite = 'REASON_MATRIX=write npx vitest run test/end-to-end/reason-matrix.test.ts';
const tableInPage = /(?<=<!-- reason-matrix -->\n)[\s\S]*?(?=\n<!-- \/reason-matrix -->)/;

const named = rows.map((row, index) => ({ row, index, name: nameOf(row), reason: row.reason ?? 'nothing' }));
const counted = named.filter(({ row }) => isCounted(row));
const wrong = named.filter(({ row }) => row.reason !== undefined);

describe('what is said of a fault', () => {
  let rowsSaid: readonly RowSaid[];
  /** In Chromium and, beside it, without one: a page of text, made by the same code. */
  const pages: { readonly inText: PageText; readonly inBrowser: PageText | undefined }[] = [];

  const saidOf = (index: number): Said => {
    const said = rowsSaid[index]?.said;
    if (said === undefined) throw new Error(`Row ${index} was not played`);
    return said;
  };

  beforeAll(async () => {
    const told = await playMatrix(rows, playRow);
    const browser = await openBrowserPage();
    const said = [];
    // One after the other: the page is shown in a document that all share.
    for (const each of told) {
      const [inText, inBrowser] = [await showOnPage(each), await browser?.show(each)];
      pages.push({ inText, inBrowser });
      said.push({ row: each.row, said: readTold(each, inBrowser ?? inText) });
    }
    await browser?.close();
    rowsSaid = said;
  });

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

  it.each(
    named.filter(({ row }) => isMissingSecret(row)),
  )('$name is the provider’s trouble: its check, its line, its count and its notice tell of it, and no breaker', ({
    index,
  }) => {
    expect(saidOf(index)).toEqual({
      health: [expect.stringContaining('github-webhook-secret does not exist')],
      log: ['`secret.missing`: github-webhook-secret'],
      metric: ['`breakwater_secret_lookups_total`: `github-webhook-secret`, `missing`'],
      page: ['the notice “github secret”'],
      unnoticed: [],
    });
  });

  it.runIf(findBrowser() !== undefined)('is shown in Chromium, word for word', () => {
    expect(pages).toHaveLength(rows.length);
    for (const { inText, inBrowser } of pages) {
      expect(inBrowser?.notices).toEqual(inText.notices);
      expect([...(inBrowser?.cards.keys() ?? [])]).toEqual([...inText.cards.keys()]);
    }
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
