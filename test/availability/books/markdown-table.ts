import type { SideResult } from '../run-availability.js';
import { percent } from './percent.js';

/** One run of a series. */
export interface SeriesRun {
  readonly seed: number;
  readonly kills: boolean;
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
  ['by the outbox', ({ byOutbox }) => count(byOutbox)],
  ['p50', ({ p50Ms }) => seconds(p50Ms)],
  ['p99', ({ p99Ms }) => seconds(p99Ms)],
  ['slowest', ({ slowestMs }) => seconds(slowestMs)],
  ['did not reach every bot, and the answer', whyLost],
];

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const table = (runs: readonly SeriesRun[]): readonly string[] => [
  row(['seed', ...columns.map(([title]) => title)]),
  row(['---:', '---', ...columns.slice(1, -1).map(() => '---:'), '---']),
  ...runs.flatMap(({ seed, sides }) =>
    sides.map((result) => row([String(seed), ...columns.map(([, figure]) => figure(result))])),
  ),
];

/** The figures of a series for a page in Markdown: runs without kills, then runs with kills. */
export const markdownTable = (runs: readonly SeriesRun[]): string =>
  [false, true]
    .map((kills) => ({ kills, some: runs.filter((run) => run.kills === kills) }))
    .filter(({ some }) => some.length > 0)
    .map(({ kills, some }) =>
      [kills ? 'With kills, two instances:' : 'Without kills, one instance:', '', ...table(some)].join('\n'),
    )
    .join('\n\n');

const begin = '<!-- availability -->';
const end = '<!-- /availability -->';

/** A page with another table between its marks. Throws `RangeError` for a page without marks. */
export const putTable = (page: string, text: string): string => {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new RangeError(`The page has no "${begin}" before "${end}"`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
};
