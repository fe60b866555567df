import { setTimeout as wait } from 'node:timers/promises';
import { type GithubPayload, githubPayloads } from '../support/github-payloads.js';
import { isQuick } from '../support/is-quick.js';
import { type Row, ratio, reportPart } from '../support/report-part.js';
import { lastHalf, slope } from '../support/slope.js';
import { measureHeld } from './held.js';
import { type PackagedHost, startPackagedHost } from './packaged-host.js';
import { postAll } from './post-all.js';
import { soak } from './soak.js';

/** Through HTTP, and as many by the handler in process. */
const steadyWebhooks = isQuick ? 1_000 : 100_000;
const steadyPoints = 20;
const settleMs = 3_000;

const payloadOf = (wanted: string): GithubPayload => {
  const found = githubPayloads().find(({ name }) => name === wanted);
  if (found === undefined) throw new Error(`No payload of ${wanted}`);
  return found;
};

const [small, large] = [payloadOf('10 KB'), payloadOf('25 MB')];

type Settings = Readonly<Record<string, string>>;

const inOwnProcess = async (work: (host: PackagedHost) => Promise<Row>, settings: Settings = {}): Promise<Row> => {
  const host = await startPackagedHost(settings);
  try {
    return await work(host);
  } finally {
    await host.close();
  }
};

const answers = (statuses: ReadonlyMap<number, number>): string =>
  [...statuses].map(([status, times]) => `${times} × ${status}`).join(', ');

interface Burst {
  readonly what: string;
  readonly delivery: GithubPayload;
  readonly atOnce: number;
  readonly settings?: Settings;
  /** Nobody signed them. */
  readonly unsigned?: boolean;
}

/** So many deliveries at once, on a host that has just started. */
const burst = ({ what, delivery, atOnce, settings, unsigned }: Burst): Promise<Row> =>
  inOwnProcess(async ({ url, residentMb, peakMb }) => {
    await wait(settleMs);
    const atRest = residentMb();
    const statuses = await postAll({
      url,
      delivery,
      count: atOnce,
      concurrency: atOnce,
      ...(unsigned && { unsigned }),
    });
    const peak = peakMb();
    await wait(settleMs);
    return {
      what,
      'at rest, MB': atRest,
      'peak, MB': peak,
      'afterwards, MB': residentMb(),
      answers: answers(statuses),
    };
  }, settings);

const steady = (): Promise<Row> =>
  inOwnProcess(async ({ url, residentMb, peakMb }) => {
    await wait(settleMs);
    const atRest = residentMb();
    const points: number[] = [];
    const onAnswer = (answered: number): void => {
      if (answered % (steadyWebhooks / steadyPoints) === 0) points.push(residentMb());
    };
    const statuses = await postAll({ url, delivery: small, count: steadyWebhooks, concurrency: 16, onAnswer });
    const growth = (slope(lastHalf(points)) * 10_000 * steadyPoints) / steadyWebhooks;
    return {
      what: `${steadyWebhooks} webhooks of 10 KB, 16 at once`,
      'at rest, MB': atRest,
      'peak, MB': peakMb(),
      'afterwards, MB': residentMb(),
      'growth, MB per 10,000': growth,
      answers: answers(statuses),
      'on the way, MB': points.map((point) => point.toFixed(0)).join(' '),
    };
  });

const held = await measureHeld();
const inProcess = await soak(small);
const soakGrowth = (slope(lastHalf(inProcess.livePointsMb)) * 10_000) / inProcess.pointEvery;

const steadyRow = await steady();
const crowd = await burst({ what: '1000 webhooks of 10 KB at once', delivery: small, atOnce: 1_000 });
const eight = { what: '8 webhooks of 25 MB at once', delivery: large, atOnce: 8 };
const heavy = await burst(eight);
const many = { delivery: large, atOnce: 32 };
const signedCrowd = await burst({ ...many, what: '32 webhooks of 25 MB at once' });
const unsignedCrowd = await burst({ ...many, what: '32 of 25 MB at once that nobody signed', unsigned: true });

const figure = (row: Row, column: string): number => Number(row[column]);

reportPart({
  part: 'memory',
  rows: [
    steadyRow,
    crowd,
    heavy,
    signedCrowd,
    unsignedCrowd,
    {
      what: `${inProcess.webhooks} webhooks of 10 KB, handler in process: live heap and buffers`,
      'afterwards, MB': inProcess.livePointsMb.at(-1) ?? Number.NaN,
      'growth, MB per 10,000': soakGrowth,
      'on the way, MB': inProcess.livePointsMb.map((point) => point.toFixed(1)).join(' '),
    },
    {
      what: '25 MB, times its own size: buffers while read, buffers and heap while the archive has it',
      'on the way, MB': [held.buffersAtMost, held.buffersWaiting, held.heapWaiting]
        .map((one) => one.toFixed(2))
        .join(' '),
    },
  ],
  ratios: [
    ratio({ name: 'at rest, MB', value: figure(steadyRow, 'at rest, MB'), atMost: 200 }),
    ratio({ name: 'after steady load, MB', value: figure(steadyRow, 'afterwards, MB'), atMost: 200 }),
    ratio({ name: '1000 at once, peak, MB', value: figure(crowd, 'peak, MB'), atMost: 512 }),
    ratio({ name: '8 of 25 MB at once, peak, MB', value: figure(heavy, 'peak, MB'), atMost: 512 }),
    ratio({ name: '32 of 25 MB at once, peak, MB', value: figure(signedCrowd, 'peak, MB'), atMost: 512 }),
    ratio({ name: 'the same, unsigned, MB', value: figure(unsignedCrowd, 'peak, MB'), atMost: 512 }),
    ratio({ name: 'live growth per 10,000 webhooks, MB', value: soakGrowth, atMost: 0.25 }),
    ratio({ name: 'a payload of 25 MB in buffers, times', value: held.buffersAtMost, atMost: 1.2 }),
    ratio({ name: 'its parsed value while stores are waited for, times', value: held.heapWaiting, atMost: 0.1 }),
  ],
});
process.exit();
