import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatFault } from '../../local/faults/fault.js';
import { answerBoundMs, githubWaitsMs, marginMs } from './fault-matrix/answer-bound.js';
import { cells, hangingCells } from './fault-matrix/cells.js';
import { describeMatrix } from './fault-matrix/describe-matrix.js';
import { type Finding, playCell } from './fault-matrix/play-cell.js';
import { playMatrix } from './fault-matrix/play-matrix.js';

const pagePath = join(import.meta.dirname, '../../docs/reliability.md');
const rewrite = 'FAULT_MATRIX=write npx vitest run test/end-to-end/fault-matrix.test.ts';
const tableInPage = /(?<=<!-- fault-matrix -->\n)[\s\S]*?(?=\n<!-- \/fault-matrix -->)/;

const named = cells.map((cell, index) => {
  const without = cell.secretCached ? '' : ' (no secret)';
  return {
    ...cell,
    index,
    name: `${cell.dependencies.join(' and ')}${without} ${formatFault(cell.fault)} ${cell.breaker}`,
  };
});

const failing = named.filter(({ fault }) => fault.kind !== 'slow');

describe('the fault matrix', () => {
  let findings: readonly Finding[];

  const findingOf = ({ index }: { readonly index: number }): Finding => {
    const finding = findings[index];
    if (finding === undefined) throw new Error(`Cell ${index} was not played`);
    return finding;
  };

  beforeAll(async () => {
    findings = await playMatrix([...cells, ...hangingCells], playCell);
  });

  it.each(named)('$name: the answer comes in time', (cell) => {
    const { elapsedMs } = findingOf(cell);

    expect(answerBoundMs(cell)).toBeLessThanOrEqual(githubWaitsMs);
    expect(elapsedMs).toBeLessThan(answerBoundMs(cell));
  });

  it.each(named)('$name: a 2xx means a durable copy, and in the end archive and queue have it', (cell) => {
    const { reply, whereabouts, inTheEnd } = findingOf(cell);
    const says = (member: string): boolean => reply.json?.[member] === true;
    const isKept = reply.status < 300 || says('deferred') || says('quarantined');
    const isSomewhere = Object.values(whereabouts).includes(true);

    // What is not said to be kept may lie somewhere all the same: a try that nobody waits for any more can still get through.
    if (!isKept) return;
    expect(isSomewhere).toBe(true);
    expect(inTheEnd).toEqual({ archived: true, queued: true, backlogged: false, owed: false, quarantined: false });
  });

  it.each(named)('$name: the answer says whether the archive has it', (cell) => {
    const { reply, whereabouts } = findingOf(cell);

    if (reply.json?.['archived'] === true) expect(whereabouts.archived).toBe(true);
  });

  it.each(failing)('$name: one failure opens no breaker, and a probe that fails closes none', (cell) => {
    const { breakersBefore, breakersAfter } = findingOf(cell);

    expect(breakersBefore).toEqual(cell.dependencies.map(() => (cell.breaker === 'Closed' ? 'Closed' : 'Open')));
    expect(breakersAfter).toEqual(breakersBefore);
  });

  it.each(
    hangingCells,
  )('everything hangs at once: a sender with a budget of $budgetMs ms is answered before it gives up', (cell) => {
    const index = cells.length + hangingCells.indexOf(cell);
    const { elapsedMs, reply } = findingOf({ index });

    expect(elapsedMs).toBeLessThan((cell.budgetMs ?? 0) + marginMs);
    expect(reply).toMatchObject({ status: 503, json: { archived: false } });
  });

  it('stands in docs/reliability.md', () => {
    const table = describeMatrix(findings.slice(0, cells.length));
    const page = readFileSync(pagePath, 'utf8');
    if (process.env['FAULT_MATRIX'] === 'write')
      writeFileSync(
        pagePath,
        page.replace(tableInPage, () => table),
      );

    const stated = tableInPage.exec(readFileSync(pagePath, 'utf8'))?.[0];
    expect(stated, `The table in docs/reliability.md is outdated. Run: ${rewrite}`).toBe(table);
  });
});
