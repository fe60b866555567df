import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServiceBusClient } from '@azure/service-bus';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { localAdminToken } from '../../local/stack/local-secrets.js';
import { MortalHost } from '../soak/stack/mortal-host.js';
import { type StandIns, startStandIns } from '../soak/stack/start-stand-ins.js';
import { eventIdIn } from '../support/event-id-in.js';
import { githubHeaders, postGithub } from '../support/github-client.js';

const bots = [
  { name: 'merge-warden', queue: 'bot-merge-warden', events: ['github.pull_request'], ordered: true },
  { name: 'notifier', queue: 'bot-notifier', events: ['*'], ordered: false },
];
const minuteMs = 60_000;
/** A call of a machine that does much else. */
const testMs = 400_000;
const slow = { timeout: 120_000, interval: 250 };

interface Delivery {
  readonly id: string;
  readonly body: string;
}

let stateDirectory: string;
let standIns: StandIns;
let hosts: readonly [MortalHost, MortalHost];
let blobs: BlobServiceClient;

beforeAll(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), 'breakwater-missed-'));
  const environment = { GITHUB_RECONCILE_HOOKS: 'app' };
  standIns = await startStandIns({ stateDirectory, providers: ['github'], bots: { bots }, environment });
  // Both timers run when the test says so.
  const settings = { OUTBOX_SCHEDULE: '0 0 0 1 1 *', GITHUB_RECONCILE_SCHEDULE: '0 0 0 1 1 *' };
  const hostOf = (name: string) => new MortalHost({ standIns, stateDirectory, settings, name });
  hosts = [hostOf('one'), hostOf('two')];
  blobs = BlobServiceClient.fromConnectionString(standIns.connections.blobConnectionString);
}, 180_000);

afterAll(async () => {
  for (const host of hosts ?? []) await host.kill();
  await standIns?.stop();
  await rm(stateDirectory, { recursive: true, force: true });
});

const deliveries = (name: string, count: number): readonly Delivery[] =>
  Array.from({ length: count }, (_, n) => ({
    id: `${name}-${n}`,
    body: JSON.stringify({
      action: 'synchronize',
      pull_request: { number: n },
      repository: { full_name: 'octo-org/octo-repo' },
      name,
    }),
  }));

/** What GitHub would have seen: 502 when no answer came. */
const send = async (host: MortalHost, { id, body }: Delivery): Promise<number> => {
  const reply = await postGithub(host.url, { event: 'pull_request', body, delivery: id }).catch(() => undefined);
  await reply?.arrayBuffer().catch(() => {});
  return reply?.status ?? 502;
};

const record = (host: MortalHost, { id, body }: Delivery, status: number): Promise<void> =>
  standIns.control.recordDelivery('github-api', {
    id,
    event: 'pull_request.synchronize',
    status,
    atMs: Date.now() - 4 * minuteMs,
    url: `${host.url}/api/webhooks/github`,
    headers: githubHeaders({ event: 'pull_request', body, delivery: id }),
    body: Buffer.from(body).toString('base64'),
  });

const runSchema = z.object({ outcome: z.string(), deliveries: z.array(z.object({ verdict: z.string() })) });

const reconcile = async (host: MortalHost) => {
  const headers = { authorization: `Bearer ${localAdminToken}`, 'content-type': 'application/json' };
  const reply = await fetch(`${host.url}/api/reconcile`, { method: 'POST', headers, body: '{}' });
  return runSchema.parse(await reply.json());
};

const drain = async (host: MortalHost): Promise<void> => {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
  expect((await fetch(`${host.url}/admin/functions/drainOutbox`, init)).status).toBe(202);
};

/** Stands for the minute after which storage ends the leases of an instance that died. */
const endLeases = async (): Promise<void> => {
  const records = blobs.getContainerClient('webhook-outbox');
  for await (const { name, properties } of records.listBlobsFlat()) {
    // What lives removes records meanwhile.
    const lease = records.getBlobClient(name).getBlobLeaseClient();
    if (properties.leaseState === 'leased') await lease.breakLease(0).catch(() => {});
  }
};

const archived = async (): Promise<readonly string[]> => {
  const names: string[] = [];
  for await (const { name } of blobs.getContainerClient('webhook-payloads').listBlobsFlat({ prefix: 'github/' }))
    names.push(name.slice(name.lastIndexOf('/') + 1, -'.json'.length));
  return names.toSorted();
};

const heldBy = async (queue: string): Promise<readonly string[]> => {
  const client = new ServiceBusClient(standIns.connections.serviceBusConnectionString);
  const messages = await client.createReceiver(queue).peekMessages(1_000);
  await client.close();
  return messages.map(({ messageId }) => eventIdIn({ messageId: String(messageId) })).toSorted();
};

const askedFor = async () => {
  const lines = await standIns.control.askedOf('github-api');
  const count = (method: string) => lines.filter((line) => line.startsWith(method)).length;
  return { lists: count('GET'), repeats: count('POST') };
};

it(
  'a host killed while fifty deliveries come: all are archived and with their bots once, after two runs of two instances',
  async () => {
    const [one, two] = hosts;
    await Promise.all([one.start(), two.start()]);
    await standIns.control.setFault('service-bus', 'refuse');
    const deferred = deliveries('deferred', 3);
    const statuses = new Map<Delivery, number>();
    for (const each of deferred) statuses.set(each, await send(one, each));
    await standIns.control.setFault('service-bus', 'none');
    const fifty = deliveries('fifty', 50);
    let answered = 0;
    const death = Promise.withResolvers<void>();
    const sending = fifty.map(async (each, n) => {
      // The rest finds nobody there.
      if (n >= 30) await death.promise;
      statuses.set(each, await send(one, each));
      answered += 1;
      if (answered !== 12) return;
      await one.kill();
      death.resolve();
    });
    await Promise.all(sending);
    await one.start();
    const all = [...deferred, ...fifty];
    for (const each of all) await record(one, each, statuses.get(each) ?? 502);
    const again = deliveries('again', 1);
    for (const each of again) {
      await record(one, each, 502);
      await record(one, each, await send(one, each));
    }
    const failed = all.filter((each) => statuses.get(each) !== 202);
    const before = await archived();
    const missing = failed.filter(({ id }) => !before.includes(id));

    await standIns.control.setFault('github-api', 'error 500');
    const refused = await reconcile(two);
    await standIns.control.setFault('github-api', 'none');
    const meanwhile = deliveries('meanwhile', 10);
    const listed = (await askedFor()).lists;
    const [first, second, ...during] = await Promise.all([
      reconcile(one),
      reconcile(two),
      ...meanwhile.map((each) => send(one, each)),
    ]);
    const expected = [...all, ...again, ...meanwhile].map(({ id }) => id).toSorted();
    await expect.poll(archived, slow).toEqual(expected);
    await endLeases();
    await drain(two);
    await expect.poll(() => heldBy('bot-notifier'), slow).toEqual(expected);
    await expect.poll(() => heldBy('bot-merge-warden'), slow).toEqual(expected);
    const last = await reconcile(two);

    expect(deferred.map((each) => statuses.get(each))).toEqual([503, 503, 503]);
    expect(missing.length).toBeGreaterThanOrEqual(20);
    expect(refused).toMatchObject({ outcome: 'unavailable' });
    expect([first, second].map(({ outcome }) => outcome)).toContain('done');
    expect(during).toEqual(meanwhile.map(() => 202));
    const { lists, repeats } = await askedFor();
    expect(repeats).toBe(missing.length);
    expect(last.outcome).toBe('done');
    expect(last.deliveries.filter(({ verdict }) => verdict !== 'kept')).toEqual([]);
    // One page each, of those runs that were not left to the other instance.
    expect(lists - listed).toBeLessThanOrEqual(3);
  },
  testMs,
);
