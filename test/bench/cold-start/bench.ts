import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { startBlobStorage } from '../../../local/blob-storage/start-blob-storage.js';
import { queueDefinitionsFor } from '../../../local/service-bus/queue-definition.js';
import { startServiceBus } from '../../../local/service-bus/start-service-bus.js';
import { readBots } from '../../../src/settings/read-bots.js';
import { secret, signatureOf } from '../pipeline/prepared-request.js';
import { githubPayloads } from '../support/github-payloads.js';
import { isQuick } from '../support/is-quick.js';
import { median } from '../support/median.js';
import { ratio, reportPart } from '../support/report-part.js';
import { deployedApps } from './apps.js';
import { type ColdStart, startApp } from './start-app.js';

/** From the start of the process until the functions are known, and until the first webhook is answered, on the local stand-ins. */
const rounds = isQuick ? 2 : 15;

const [, payload] = githubPayloads();
if (payload === undefined) throw new Error('No payload');

const bots = readBots(readFileSync('bots.json', 'utf8'));
if (!bots.ok) throw new Error(JSON.stringify(bots.problems));
const storage = await startBlobStorage({ port: 0 });
const serviceBus = await startServiceBus({ port: 0, queues: queueDefinitionsFor(bots.bots) });
const env = {
  AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
  PayloadStorage: storage.connectionString,
  ServiceBus: serviceBus.connectionString,
  WEBHOOK_SECRET_GITHUB: secret,
};

const webhook = () => ({
  body: payload.body,
  headers: {
    'content-type': 'application/json',
    'x-github-event': payload.event,
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': signatureOf(payload.body),
  },
});

const apps = await deployedApps();
const starts = new Map(apps.map(({ name }) => [name, [] as ColdStart[]]));
// The first start of all reads every file from the disk; afterwards all are in the system's cache.
for (const app of apps) await startApp(app, webhook(), env);
for (let round = 0; round < rounds; round += 1) {
  for (const app of apps) starts.get(app.name)?.push(await startApp(app, webhook(), env));
}
await serviceBus.close();
await storage.close();

const middle = (name: string, figure: (start: ColdStart) => number): number =>
  median([...starts].flatMap(([app, all]) => (app === name ? all.map(figure) : [])));

const rows = apps.map(({ name }) => ({
  app: name,
  'registered, ms': middle(name, ({ registered }) => registered.wallMs),
  'registered, ms of CPU': middle(name, ({ registered }) => registered.cpuMs),
  'first webhook, ms': middle(name, ({ answered }) => answered.wallMs),
  'first webhook, ms of CPU': middle(name, ({ answered }) => answered.cpuMs),
}));

/** Round by round, so that both sides of a ratio had the same moment of the machine. */
const over = (other: (typeof apps)[number]['name'], figure: (start: ColdStart) => number): number => {
  const ours = starts.get('Breakwater, packaged') ?? [];
  const theirs = starts.get(other) ?? [];
  return median(ours.map((start, round) => figure(start) / (theirs[round] ? figure(theirs[round]) : Number.NaN)));
};

const wall = ({ registered }: ColdStart): number => registered.wallMs;

reportPart({
  part: 'cold-start',
  rows,
  ratios: [
    ratio({
      name: 'registered, over unbundled and eager',
      value: over('Breakwater, unbundled and eager', wall),
      atMost: 0.5,
    }),
    ratio({ name: 'registered, over an empty app', value: over('an empty app', wall), atMost: 1.6 }),
    ratio({
      name: 'first webhook answered, seconds',
      value: middle('Breakwater, packaged', ({ answered }) => answered.wallMs) / 1000,
      atMost: 3,
    }),
  ],
});
