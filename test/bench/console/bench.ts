import { startBackend, startLoadGenerator } from '../host/children.js';
import { benchAdminToken, startHostedApp, writeApps } from '../host/hosted-app.js';
import type { LoadResult } from '../host/load.js';
import { isQuick } from '../support/is-quick.js';
import { median, percentile } from '../support/median.js';
import { type Row, ratio, reportPart } from '../support/report-part.js';
import { openPage } from './open-page.js';

/** Webhooks through the built-in host, 10 KB payloads, against the stand-ins: with the operators' page open and without, in turns. */
const rounds = isQuick ? 2 : 9;
const durationMs = isQuick ? 1_000 : 5_000;
const warmUpMs = isQuick ? 1_000 : 10_000;
const endless = Number.MAX_SAFE_INTEGER;
/** Two runs of the same side differ by about so much on this machine. */
const noise = 0.1;

const loads = [
  { name: 'one at a time', concurrency: 1 },
  { name: '50 at once', concurrency: 50 },
] as const;

/** What one run came to, with the CPU that app and stand-ins spent on it. */
interface Run extends LoadResult {
  readonly cpuMs: number;
}

const perSecond = ({ latencies, elapsedMs }: LoadResult): number => (latencies.length * 1_000) / elapsedMs;
const cpuEach = ({ latencies, cpuMs }: Run): number => cpuMs / latencies.length;
const p50 = ({ latencies }: LoadResult): number => percentile(latencies, 0.5);

await writeApps();
const generator = await startLoadGenerator();
const backend = await startBackend('emulators');
const app = await startHostedApp('Breakwater', backend.addresses);
const hostUrl = new URL(app.url).origin;
await generator.run({ url: app.url, concurrency: 50, durationMs: warmUpMs, most: endless });

const runOnce = async (concurrency: number): Promise<Run> => {
  const cpuMs = (): number => app.cpuMs() + backend.cpuMs();
  const beforeMs = cpuMs();
  const result = await generator.run({ url: app.url, concurrency, durationMs, most: endless });
  return { ...result, cpuMs: cpuMs() - beforeMs };
};

const rows: Row[] = [];
const ratios = [];
for (const { name, concurrency } of loads) {
  const closed: Run[] = [];
  const open: Run[] = [];
  let requests = 0;
  let refused = 0;
  const runOpen = async (): Promise<void> => {
    const page = openPage(hostUrl, benchAdminToken);
    open.push(await runOnce(concurrency));
    await page.close();
    refused += page.refused();
    requests += [...page.answered.values()].reduce((sum, count) => sum + count, 0);
  };
  for (let round = 0; round < rounds; round += 1) {
    // Storage has more to look through each time: neither side always comes after the other.
    const isOpenFirst = round % 2 === 1;
    if (isOpenFirst) await runOpen();
    closed.push(await runOnce(concurrency));
    if (!isOpenFirst) await runOpen();
  }
  for (const [page, results] of [
    ['closed', closed],
    ['open', open],
  ] as const)
    rows.push({
      load: name,
      page,
      'webhooks/s': median(results.map(perSecond)),
      'p50, ms': median(results.map(p50)),
      'p95, ms': median(results.map(({ latencies }) => percentile(latencies, 0.95))),
      'CPU, ms each': median(results.map(cpuEach)),
      'requests of the page': page === 'open' ? requests : 0,
      'of these refused': page === 'open' ? refused : 0,
      'not 202': results.reduce(
        (sum, { others }) => sum + Object.values(others).reduce((all, count) => all + count, 0),
        0,
      ),
    });
  const over = (figure: (run: Run) => number): number =>
    median(open.map((run, round) => figure(run) / figure(closed[round] ?? run)));
  ratios.push(
    ratio({ name: `${name}: throughput with the page open, over closed`, value: over(perSecond), atLeast: 1 - noise }),
    ratio({
      name: `${name}: CPU for a webhook with the page open, over closed`,
      value: over(cpuEach),
      atMost: 1 + noise,
    }),
  );
}

await app.close();
backend.close();
generator.close();
reportPart({ part: 'console', rows, ratios });
