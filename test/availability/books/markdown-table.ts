import type { SideResult } from '../run-availability.js';
import { percent } from './percent.js';

/** One run of a series. */
export interface SeriesRun {
  readonly seed: number;
  readonly kills: boolean;
  /** What failed, when it is no plan that follows from the seed. */
  readonly title?: string;
  /** What of its limits the app did not keep; absent: it had none. */
  readonly broken?: readonly string[];
  readonly sides: readonly SideResult[];
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
const count = (value: number): string => value.toLocaleString('en-US');

const whyLost = ({ lost }: SideResult): string =>
  Object.entries(lost)
    .toSorted(([, one], [, other]) => other - one)
    .map(([label, times]) => `${count(times)} ${label}`)
    .join(', ') || '-';

const columns: readonly (readonly [string, (result: SideResult) => string])[] = [
  ['', ({ side }) => side],
  ['reached every bot', ({ reached, sent }) => percent(reached, sent)],
  ['of those heard', ({ reachedOfHeard, heard }) => percent(reachedOfHeard, heard)],
  ['2xx within 10 s', ({ answered2xx, sent }) => percent(answered2xx, sent)],
  ['2xx of those heard', ({ answered2xx, heard }) => percent(answered2xx, heard)],
  ['asked for again', ({ again }) => count(again)],
  ['by the outbox', ({ byOutbox }) => count(byOutbox)],
  ['p50', ({ p50Ms }) => seconds(p50Ms)],
  ['p99', ({ p99Ms }) => seconds(p99Ms)],
  ['slowest', ({ slowestMs }) => seconds(slowestMs)],
  ['did not reach every bot, and the answer', whyLost],
];

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const verdict = ({ broken = [] }: SeriesRun): string => (broken.length === 0 ? 'PASS' : `FAIL: ${broken.join('; ')}`);

/** Whether the limits were kept, where there are any: of the app alone. */
const limitsOf = (run: SeriesRun, { side }: SideResult): readonly string[] =>
  run.broken === undefined ? [] : [side === 'Breakwater' ? verdict(run) : ''];

const table = (runs: readonly SeriesRun[]): readonly string[] => {
  const last = runs.some(({ broken }) => broken !== undefined) ? ['limits'] : [];
  return [
    row(['seed', ...columns.map(([title]) => title), ...last]),
    row(['---:', '---', ...columns.slice(1, -1).map(() => '---:'), '---', ...last.map(() => '---')]),
    ...runs.flatMap((run) =>
      run.sides.map((result) =>
        row([String(run.seed), ...columns.map(([, figure]) => figure(result)), ...limitsOf(run, result)]),
      ),
    ),
  ];
};

const callsText = ({ calls }: SideResult): string =>
  calls.map(({ service, connections }) => `${service} ${connections.mean.toFixed(1)}`).join(', ') || '-';

type Column = readonly [string, (result: SideResult, run: SeriesRun) => string];

/** Of deliveries that have nothing in the shard that failed. */
const apartText = ({ shards }: SideResult): string =>
  shards === undefined ? '-' : `${count(shards.apart)}, ${shards.noticed.length}, ${seconds(shards.p99Ms)}`;

const apartColumn: Column = ['apart, noticed, their p99', apartText];

const titled: readonly Column[] = [
  ['what fails the whole time', (_, { title = '' }) => title],
  ['kept', ({ kept, sent }) => percent(kept, sent)],
  ['reached every bot', ({ reached, sent }) => percent(reached, sent)],
  ['2xx within 10 s', ({ answered2xx, sent }) => percent(answered2xx, sent)],
  ['owed or quarantined first', ({ byOutbox, quarantined }) => count(byOutbox + quarantined)],
  ['p50', ({ p50Ms }) => seconds(p50Ms)],
  ['p99', ({ p99Ms }) => seconds(p99Ms)],
  ['slowest', ({ slowestMs }) => seconds(slowestMs)],
  [
    'all delivered after',
    ({ drainedAfterSeconds }) => (drainedAfterSeconds === undefined ? 'never' : `${drainedAfterSeconds.toFixed(0)} s`),
  ],
  ['connections a second', callsText],
  ['', (_, run) => verdict(run)],
];

/** The figures of runs in which the same dependencies failed the whole time. */
export const titledTable = (runs: readonly SeriesRun[]): string => {
  const hasShards = runs.some(({ sides }) => sides.some(({ shards }) => shards !== undefined));
  const all = hasShards ? titled.toSpliced(-2, 1, apartColumn) : titled;
  return [
    row(all.map(([title]) => title)),
    row(all.map((_, index) => (index === 0 || index >= all.length - 2 ? '---' : '---:'))),
    ...runs.flatMap((run) => run.sides.map((result) => row(all.map(([, figure]) => figure(result, run))))),
  ].join('\n');
};

/** The figures of a series for a page in Markdown: runs without kills, then runs with kills. */
export const markdownTable = (runs: readonly SeriesRun[]): string =>
  [false, true]
    .map((kills) => ({ kills, some: runs.filter((run) => run.kills === kills) }))
    .filter(({ some }) => some.length > 0)
    .map(({ kills, some }) =>
      [kills ? 'With kills, two instances:' : 'Without kills, one instance:', '', ...table(some)].join('\n'),
    )
    .join('\n\n');

/** A page with another table between its marks. Throws `RangeError` for a page without marks. */
export const putTable = (page: string, text: string, mark = 'availability'): string => {
  const begin = `<!-- ${mark} -->`;
  const end = `<!-- /${mark} -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new RangeError(`The page has no "${begin}" before "${end}"`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
};
