import { cpus } from 'node:os';
import { createLine, type Line, measure } from './measure.js';
import { bytesPerGuard, growthBytes } from './memory.js';
import { bare, cockatiel, opossum, ours, type Subject } from './subjects.js';

const timeoutMs = 10_000;
const rounds = 25;
const callsPerRound = 10_000;

const subjects: readonly Subject[] = [
  bare,
  ours(timeoutMs),
  ours(timeoutMs, true),
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
  readonly crowded: Line;
}

const rows: readonly Row[] = subjects.map((subject) => ({
  subject,
  alone: {
    succeed: createLine(subject.succeed, 1),
    fail: createLine(subject.fail, 1),
    reject: createLine(subject.reject, 1),
  },
  crowded: createLine(subject.succeed, 1_000),
}));

/** Kinds are measured apart, so that the optimizer knows each as it would in a service that is well. */
const measureAll = async (): Promise<void> => {
  for (const kind of kinds) {
    const lines = rows.map(({ alone }) => alone[kind]);
    await measure(lines, rounds, callsPerRound);
  }
  const crowded = rows.map((row) => row.crowded);
  await measure(crowded, rounds, callsPerRound);
};

const find = (name: string, timeout: number | undefined): Row => {
  const row = rows.find(({ subject }) => subject.name === name && subject.timeoutMs === timeout);
  if (row === undefined) throw new RangeError(`no row for ${name}`);
  return row;
};

const ns = ({ bestNs }: Line): string => bestNs.toFixed(0).padStart(7);

const callsPerSecond = ({ bestNs }: Line): string => (1e3 / bestNs).toFixed(2).padStart(7);

const printTable = (): void => {
  console.log('| guard | timeout | success, ns | failure, ns | rejected, ns | 1000 at once, million calls/s |');
  console.log('| --- | --- | ---: | ---: | ---: | ---: |');
  for (const { subject, alone, crowded } of rows) {
    const timeout = subject.timeoutMs === undefined ? 'none' : `${subject.timeoutMs / 1000} s`;
    const cells = [subject.name, timeout, ns(alone.succeed), ns(alone.fail), ns(alone.reject), callsPerSecond(crowded)];
    console.log(`| ${cells.join(' | ')} |`);
  }
};

interface Target {
  readonly what: string;
  readonly measured: number;
  readonly limit: number;
  readonly unit: string;
  readonly atLeast?: boolean;
}

const targets = async (): Promise<readonly Target[]> => {
  const [plain, guarded] = [find('bare await', undefined), find('breakwater', timeoutMs)];
  const peers = [find('opossum', timeoutMs), find('cockatiel', timeoutMs)].map(({ crowded }) => crowded.bestNs);
  const times = (line: Line, base: Line): number => line.bestNs / base.bestNs;
  return [
    {
      what: 'successful call to bare await',
      measured: times(guarded.alone.succeed, plain.alone.succeed),
      limit: 4,
      unit: '×',
    },
    {
      what: 'failing call to bare throw',
      measured: times(guarded.alone.fail, plain.alone.fail),
      limit: 1.6,
      unit: '×',
    },
    {
      what: 'rejected call to bare throw',
      measured: times(guarded.alone.reject, plain.alone.reject),
      limit: 1.6,
      unit: '×',
    },
    {
      what: 'throughput at concurrency 1000 to the faster peer',
      measured: Math.min(...peers) / guarded.crowded.bestNs,
      limit: 2,
      unit: '×',
      atLeast: true,
    },
    { what: 'memory per idle breaker', measured: bytesPerGuard(guarded.subject), limit: 1_500, unit: ' B' },
    {
      what: 'growth over 200,000 calls',
      measured: await growthBytes(guarded.subject.succeed),
      limit: 20_000,
      unit: ' B',
    },
  ];
};

const printTargets = (reached: readonly Target[]): void => {
  console.log('\nWith a timeout of 10 s:');
  for (const { what, measured, limit, unit, atLeast = false } of reached) {
    const met = atLeast ? measured >= limit : measured <= limit;
    const digits = unit === '×' ? 2 : 0;
    const bound = `${atLeast ? 'at least' : 'at most'} ${limit}${unit}`;
    console.log(`- ${what}: ${measured.toFixed(digits)}${unit} (${bound}: ${met ? 'met' : 'MISSED'})`);
  }
};

const printMemory = (): void => {
  const peers = [opossum(timeoutMs), cockatiel(timeoutMs)];
  const held = peers.map((peer) => `${peer.name} ${bytesPerGuard(peer).toFixed(0)} B`);
  console.log(`- for comparison, memory per idle guard: ${held.join(', ')}`);
};

/** Measures the breaker beside its peers and bare `await`, and prints a table for the README. */
export const main = async (): Promise<void> => {
  const [cpu] = cpus();
  const day = new Date().toISOString().slice(0, 10);
  console.log(
    `${day}, Node.js ${process.version}, ${cpu?.model.trim() ?? 'unknown CPU'}, ${cpus().length} cores, ${process.platform}`,
  );
  console.log(`Best of ${rounds} interleaved rounds of ${callsPerRound} calls.\n`);
  await measureAll();
  const reached = await targets();
  printTable();
  printTargets(reached);
  printMemory();
  process.exit(0);
};

await main();
