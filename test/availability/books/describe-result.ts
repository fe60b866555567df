import { alignColumns, type Cell } from '../../../local/commands/terminal/columns.js';
import type { AvailabilityResult, SideResult } from '../run-availability.js';
import type { Rate } from '../traffic/count-calls.js';
import { percent } from './percent.js';

const mostShown = 8;

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;

const share =
  (pick: (result: SideResult) => number) =>
  (result: SideResult): Cell =>
    `${pick(result)}  ${percent(pick(result), result.sent)}`;

const rows: readonly (readonly [string, (result: SideResult) => Cell])[] = [
  ['sent', ({ sent }) => String(sent)],
  ['reached every bot', share(({ reached }) => reached)],
  ['  without unheard and cut', ({ reachedOfHeard, heard }) => percent(reachedOfHeard, heard)],
  ['kept', share(({ kept }) => kept)],
  ['answered 2xx within 10 s', share(({ answered2xx }) => answered2xx)],
  ['asked for again, then 2xx', ({ again }) => String(again)],
  ['answered later than that', ({ late }) => String(late)],
  ['owed, then by the outbox', ({ byOutbox }) => String(byOutbox)],
  ['quarantined', ({ quarantined }) => String(quarantined)],
  ['nobody listened', ({ nobodyListened }) => String(nobodyListened)],
  ['cut by a kill', ({ cut }) => String(cut)],
  ['acknowledged and lost', ({ acknowledgedLost }) => String(acknowledgedLost.length)],
  ['doubled', ({ doubled }) => String(doubled.length)],
  ['altered', ({ altered }) => String(altered.length)],
  ['invented', ({ intruders }) => String(intruders.length)],
  ['out of order', ({ outOfOrder }) => String(outOfOrder.length)],
  ['p50', ({ p50Ms }) => seconds(p50Ms)],
  ['p99', ({ p99Ms }) => seconds(p99Ms)],
  ['slowest', ({ slowestMs }) => seconds(slowestMs)],
  ['kills', ({ kills }) => String(kills)],
  ['ended by itself', ({ endedByItself }) => String(endedByItself)],
  ['nothing owed after', ({ drainedAfterSeconds: after }) => (after === undefined ? 'never' : seconds(after * 1_000))],
];

const describeShards = ({ side, shards }: SideResult): readonly string[] =>
  shards === undefined
    ? []
    : [
        `${side}: ${shards.apart} have nothing in the shard that failed: ${shards.noticed.length} of them were not taken as usual; p50 ${seconds(shards.p50Ms)}, p99 ${seconds(shards.p99Ms)}, slowest ${seconds(shards.slowestMs)}`,
        `${side}: ${shards.misplaced.length} copies in another shard than theirs`,
      ];

const describeLost = ({ side, lost }: SideResult): readonly string[] =>
  Object.entries(lost)
    .toSorted(([, one], [, other]) => other - one)
    .map(([label, count]) => `${side}: ${count} did not reach every bot: ${label}`);

const describeBroken = (result: SideResult): readonly string[] =>
  (['acknowledgedLost', 'doubled', 'altered', 'intruders'] as const)
    .filter((kind) => result[kind].length > 0)
    .map((kind) => `${result.side}: ${kind}: ${result[kind].slice(0, mostShown).join(' ')}`);

const rate = ({ mean, most }: Rate): string => `${mean.toFixed(1)} a second, at most ${most}`;

const describeCalls = ({ side, calls }: SideResult): readonly string[] =>
  calls.map(
    ({ service, connections, pieces }) =>
      `${side}: to ${service}: connections ${rate(connections)}; pieces of data ${rate(pieces)}`,
  );

/** The figures of each side as a column, then what was lost and why. */
export const describeResult = ({ sides }: AvailabilityResult): readonly string[] => [
  ...alignColumns([
    ['', ...sides.map(({ side }) => side)],
    ...rows.map(([title, figure]): readonly Cell[] => [title, ...sides.map(figure)]),
  ]),
  ...sides.flatMap(describeShards),
  ...sides.flatMap(describeLost),
  ...sides.flatMap(describeCalls),
  ...sides.flatMap(describeBroken),
];
