import { isQuick } from '../support/is-quick.js';
import { type Ratio, type Row as ReportRow, ratio, reportPart } from '../support/report-part.js';
import { createLine, type Line, measure, medianNs, slowdown } from './measure.js';
import { bytesPerGuard, growthBytes } from './memory.js';
import { bare, cockatiel, least, opossum, ours, type Subject } from './subjects.js';

const timeoutMs = 10_000;
/** So short that its timers are gone when memory is measured. */
const shortTimeoutMs = 50;
/** Rounds so short that most of them are not interrupted on a busy machine, which would hit slow guards more often than quick ones. */
const rounds = isQuick ? 2 : 400;
const callsPerRound = isQuick ? 2_000 : 500;
/** Enough for each of a thousand at once. */
const crowdedRounds = isQuick ? 2 : 50;
const crowdedCalls = isQuick ? 2_000 : 4_000;
/** What throws takes microseconds. */
const shorter = isQuick ? 1 : 5;

const subjects: readonly Subject[] = [
  bare,
  least,
  ours(timeoutMs),
  ours(timeoutMs, isQuick ? 1_000 : 100_000),
  ours(undefined),
  opossum(timeoutMs),
  opossum(undefined),
  cockatiel(timeoutMs),
  cockatiel(undefined),
];

const kinds = ['succeed', 'fail', 'reject'] as const;
type Kind = (typeof kinds)[number];

interface Row {
  readonly subject: Subject;
  readonly alone: Readonly<Record<Kind, Line>>;
  /** Measured before the others and after them, for what ran before may matter. */
  readonly crowdedFirst: Line;
  readonly crowdedLast: Line;
}

const rows: readonly Row[] = subjects.map((subject) => ({
  subject,
  alone: {
    succeed: createLine(subject.succeed, 1),
    fail: createLine(subject.fail, 1),
    reject: createLine(subject.reject, 1),
  },
  crowdedFirst: createLine(subject.succeed, 1_000),
  crowdedLast: createLine(subject.succeed, 1_000),
}));

/** Kinds are measured apart, so that the optimizer knows each as it would in a service that is well. */
const measureAll = async (): Promise<void> => {
  await measure(
    rows.map(({ crowdedFirst }) => crowdedFirst),
    crowdedRounds,
    crowdedCalls,
  );
  for (const kind of kinds) {
    const lines = rows.map(({ alone }) => alone[kind]);
    if (kind === 'succeed') await measure(lines, rounds, callsPerRound);
    else await measure(lines, rounds, callsPerRound / shorter);
  }
  await measure(
    rows.map(({ crowdedLast }) => crowdedLast),
    crowdedRounds,
    crowdedCalls,
  );
};

const find = (name: string, timeout: number | undefined): Row => {
  const row = rows.find(({ subject }) => subject.name === name && subject.timeoutMs === timeout);
  if (row === undefined) throw new RangeError(`no row for ${name}`);
  return row;
};

const timeoutOf = ({ timeoutMs: ms }: Subject): string => (ms === undefined ? 'none' : `${ms / 1000} s`);

const tableRow = ({ subject, alone, crowdedFirst, crowdedLast }: Row): ReportRow => ({
  guard: subject.name,
  timeout: timeoutOf(subject),
  'success, ns': Math.round(medianNs(alone.succeed)),
  'failure, ns': Math.round(medianNs(alone.fail)),
  'rejected, ns': Math.round(medianNs(alone.reject)),
  '1000 at once, million calls/s': Number((1e3 / medianNs(crowdedLast)).toFixed(2)),
  'measured first': Number((1e3 / medianNs(crowdedFirst)).toFixed(2)),
});

const speedRatios = (): readonly Ratio[] => {
  const { alone: plain } = find('bare await', undefined);
  const { alone: floor } = find(least.name, undefined);
  const { alone, crowdedFirst, crowdedLast } = find('breakwater', timeoutMs);
  const busy = find('breakwater, 100000 running', timeoutMs).alone;
  const overFasterPeer = (ours: Line, which: 'crowdedFirst' | 'crowdedLast'): number =>
    Math.min(...['opossum', 'cockatiel'].map((name) => slowdown(find(name, timeoutMs)[which], ours)));
  return [
    ratio({ name: 'success to bare await', value: slowdown(alone.succeed, plain.succeed), atMost: 4 }),
    ratio({ name: 'success to the least a guard does', value: slowdown(alone.succeed, floor.succeed), atMost: 1.5 }),
    ratio({ name: 'failure to bare throw', value: slowdown(alone.fail, plain.fail), atMost: 1.6 }),
    ratio({ name: 'rejected to bare throw', value: slowdown(alone.reject, plain.reject), atMost: 0.1 }),
    ratio({ name: 'rejected, 100,000 running to none', value: slowdown(busy.reject, alone.reject), atMost: 1.5 }),
    ratio({ name: '1000 at once, to the faster peer', value: overFasterPeer(crowdedLast, 'crowdedLast'), atLeast: 2 }),
    ratio({ name: 'the same, measured first', value: overFasterPeer(crowdedFirst, 'crowdedFirst'), atLeast: 2 }),
  ];
};

const memoryRatios = async (): Promise<readonly Ratio[]> => {
  const idle = await bytesPerGuard(ours(timeoutMs), 0);
  const used = await bytesPerGuard(ours(shortTimeoutMs), 100);
  const growth = await growthBytes(find('breakwater', timeoutMs).subject.succeed);
  return [
    ratio({ name: 'bytes per idle breaker', value: idle, atMost: 1_500 }),
    ratio({ name: 'bytes per idle breaker that has been used', value: used, atMost: 1_500 }),
    ratio({ name: 'bytes grown over 200,000 calls', value: growth, atMost: 20_000 }),
  ];
};

const printPeersMemory = async (): Promise<void> => {
  for (const peer of [opossum(shortTimeoutMs), cockatiel(shortTimeoutMs)]) {
    const [idle, used] = [await bytesPerGuard(peer, 0), await bytesPerGuard(peer, 100)];
    console.log(`${peer.name} takes ${idle.toFixed(0)} bytes idle, ${used.toFixed(0)} after 100 calls`);
  }
};

console.log(
  `Medians of ${rounds} interleaved rounds of ${callsPerRound} calls (failures and rejections: ${callsPerRound / shorter}; 1000 at once: ${crowdedRounds} of ${crowdedCalls}); the limits are for a timeout of 10 s.`,
);
await measureAll();
const ratios = isQuick ? [] : [...speedRatios(), ...(await memoryRatios())];
reportPart({ part: 'breaker', rows: rows.map(tableRow), ratios });
if (!isQuick) await printPeersMemory();
// The peers' timers would keep the process waiting.
process.exit();
