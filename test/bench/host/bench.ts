import { isQuick } from '../support/is-quick.js';
import { median, percentile } from '../support/median.js';
import { type Ratio, type Row, ratio, reportPart } from '../support/report-part.js';
import { startBackend, startLoadGenerator } from './children.js';
import { type HostedApp, type Side, startHostedApp, writeApps } from './hosted-app.js';
import type { LoadOrder, LoadResult } from './load.js';

/** What one run came to, with the CPU that the app's process spent on it. */
interface Run extends LoadResult {
  readonly cpuMs: number;
}

/** Through HTTP and the built-in host, 10 KB payloads: both apps side by side, in turns, against the same dependencies. */
const rounds = isQuick ? 2 : 5;
const durationMs = isQuick ? 1_000 : 2_500;
/** So many per side, in two turns, until the optimizer has settled. */
const warmUpWebhooks = 5_000;
const endless = Number.MAX_SAFE_INTEGER;

const sides = ['Breakwater', 'by hand'] as const;

/** One figure for each round, by side. */
type Figures = Readonly<Record<Side, Run[]>>;

const generator = await startLoadGenerator();

const runOn = async ({ url, cpuMs }: HostedApp, order: Omit<LoadOrder, 'url'>): Promise<Run> => {
  const beforeMs = cpuMs();
  const result = await generator.run({ ...order, url });
  return { ...result, cpuMs: cpuMs() - beforeMs };
};

const runInTurns = async (apps: readonly HostedApp[], order: Omit<LoadOrder, 'url'>): Promise<Figures> => {
  const figures: Figures = { Breakwater: [], 'by hand': [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const app of apps) figures[app.side].push(await runOn(app, order));
  }
  return figures;
};

const perSecond = ({ latencies, elapsedMs }: LoadResult): number => (latencies.length * 1_000) / elapsedMs;
const cpuEach = ({ latencies, cpuMs }: Run): number => cpuMs / latencies.length;
const share =
  (at: number) =>
  ({ latencies }: LoadResult) =>
    percentile(latencies, at);
const middle = (results: readonly Run[], figure: (result: Run) => number): number => median(results.map(figure));

/** Round by round, so that both sides had the same moment of the machine. */
const over = (ours: readonly Run[], theirs: readonly Run[], figure: (result: Run) => number): number =>
  median(ours.map((result, round) => figure(result) / (theirs[round] ? figure(theirs[round]) : Number.NaN)));

const others = (results: readonly Run[]): string =>
  results
    .flatMap((result) => Object.entries(result.others).map(([status, count]) => `${count} x ${status}`))
    .join(', ');

const rows: Row[] = [];

const note = (backend: string, load: string, figures: Figures): void => {
  for (const side of sides) {
    const results = figures[side];
    rows.push({
      dependencies: backend,
      load,
      app: side,
      'webhooks/s': middle(results, perSecond),
      'p50, ms': middle(results, share(0.5)),
      'p95, ms': middle(results, share(0.95)),
      'p99, ms': middle(results, share(0.99)),
      'CPU, ms each': middle(results, cpuEach),
      'not 202': others(results),
    });
  }
};

const warmUp = async (apps: readonly HostedApp[]): Promise<void> => {
  for (let turn = 0; turn < 2; turn += 1) {
    for (const { url } of apps)
      await generator.run({ url, concurrency: 50, durationMs: isQuick ? 1_000 : 15_000, most: warmUpWebhooks });
  }
};

interface Healthy {
  readonly alone: Figures;
  readonly fifty: Figures;
  readonly burst: Figures;
}

const measureHealthy = async (kind: 'null' | 'emulators'): Promise<Healthy> => {
  const backend = await startBackend(kind);
  const apps = [
    await startHostedApp('Breakwater', backend.addresses),
    await startHostedApp('by hand', backend.addresses),
  ];
  await warmUp(apps);
  const alone = await runInTurns(apps, { concurrency: 1, durationMs, most: endless });
  note(kind, 'one at a time', alone);
  const fifty = await runInTurns(apps, { concurrency: 50, durationMs, most: endless });
  note(kind, '50 at once', fifty);
  const burst = await runInTurns(apps, { concurrency: 1_000, durationMs: 60_000, most: 1_000 });
  note(kind, '1000 at the same moment', burst);
  for (const app of apps) await app.close();
  backend.close();
  return { alone, fifty, burst };
};

/** Longer than the requests take that open the breaker: their share of the reply budget. */
const untilOpenMs = 12_000;

/** Storage takes requests and never answers. Ours is measured once its breaker is open, against by hand with healthy storage. */
const measureHanging = async (): Promise<Figures> => {
  const healthy = await startBackend('null');
  const hanging = await startBackend('hanging');
  const ours = await startHostedApp('Breakwater', hanging.addresses);
  const theirs = await startHostedApp('by hand', healthy.addresses);
  const stuck = await startHostedApp('by hand', hanging.addresses);
  await generator.run({ url: ours.url, concurrency: 10, durationMs: untilOpenMs, most: endless });
  await warmUp([ours, theirs]);
  const figures = await runInTurns([ours, theirs], { concurrency: 50, durationMs, most: endless });
  note('storage hangs; by hand: healthy', '50 at once', figures);
  const lost = await runOn(stuck, { concurrency: 50, durationMs, most: endless });
  rows.push({
    dependencies: 'storage hangs',
    load: '50 at once',
    app: 'by hand',
    'webhooks/s': perSecond(lost),
    'not 202': others([lost]),
  });
  for (const app of [ours, theirs, stuck]) await app.close();
  healthy.close();
  hanging.close();
  return figures;
};

const judge = (nothing: Healthy, hanging: Figures): readonly Ratio[] => {
  const { alone, fifty, burst } = nothing;
  const refused = burst.Breakwater.reduce((sum, { latencies }) => sum + 1_000 - latencies.length, 0);
  return [
    ratio({
      name: 'p50 one at a time, over by hand',
      value: over(alone.Breakwater, alone['by hand'], share(0.5)),
      atMost: 0.9,
    }),
    ratio({
      name: 'throughput at 50, over by hand',
      value: over(fifty.Breakwater, fifty['by hand'], perSecond),
      atLeast: 1,
    }),
    ratio({ name: 'of 1000 at the same moment, not answered 202', value: refused, atMost: 0 }),
    ratio({
      name: 'p95 of 1000 at the same moment, seconds',
      value: middle(burst.Breakwater, share(0.95)) / 1_000,
      atMost: 1,
    }),
    ratio({
      name: 'throughput with storage hanging, over by hand with healthy storage',
      value: over(hanging.Breakwater, hanging['by hand'], perSecond),
      atLeast: 1,
    }),
  ];
};

await writeApps();
const nothing = await measureHealthy('null');
const emulators = await measureHealthy('emulators');
const hanging = await measureHanging();
generator.close();

const onEmulators = (figure: Figures, of: (result: Run) => number): number =>
  over(figure.Breakwater, figure['by hand'], of);
const ratios = [
  ...judge(nothing, hanging),
  ratio({
    name: 'emulators: p50 one at a time, over by hand',
    value: onEmulators(emulators.alone, share(0.5)),
    atMost: 0.9,
  }),
  ratio({
    name: 'emulators: throughput at 50, over by hand',
    value: onEmulators(emulators.fifty, perSecond),
    atLeast: 1,
  }),
];
reportPart({ part: 'host', rows, ratios });
