import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpRequest } from '@azure/functions';
import * as z from 'zod';
import { startBlobStorage } from '../../../local/blob-storage/start-blob-storage.js';
import type { PayloadToArchive } from '../../../src/archive/payload-archive.js';
import { deliveryOf, encodeDeliveries } from '../../../src/archive-index/archive-index.js';
import { begunName, partName } from '../../../src/archive-index/part-name.js';
import { createApp } from '../../../src/composition/app.js';
import { type AzureDependencies, createAzureDependencies } from '../../../src/composition/azure.js';
import { createInvocationLog } from '../../../src/observability/log/log.js';
import type { OutboxRecord } from '../../../src/outbox/record/outbox-record.js';
import { readSettings } from '../../../src/settings/read-settings.js';
import { callHandler } from '../../support/post-webhook.js';
import { isQuick } from '../support/is-quick.js';
import { median } from '../support/median.js';
import { type Ratio, type Row, ratio, reportPart } from '../support/report-part.js';

/** `GET events` on Azurite that holds many archived deliveries: how long a page takes. */
const archived = isQuick ? 2_000 : 100_000;
const rounds = isQuick ? 2 : 5;
const together = 32;
const adminToken = 'an-admin-token-for-benchmarks-only';
const never = new AbortController().signal;

/** So many come each second; what came in two seconds is one part of the index. */
const perSecond = 10;
const perPart = perSecond * 2;

const nowMs = Date.now();
const body = Buffer.from(JSON.stringify({ action: 'opened', issue: { number: 1 } }));
const sha256 = createHash('sha256').update(body).digest('hex');

/** The nth newest: ids in no order, as senders make them. */
const delivery = (n: number): PayloadToArchive => {
  const id = createHash('md5').update(String(n)).digest('hex');
  const subject = `octo-org/octo-repo/issues/${n % 500}`;
  return {
    attributes: {
      specversion: '1.0',
      id,
      source: 'https://github.com/octo-org/octo-repo',
      type: 'github.issues.opened',
      subject,
      time: new Date(nowMs - 60_000 - (n * 1_000) / perSecond).toISOString(),
      datacontenttype: 'application/json',
      partitionkey: subject,
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      provider: 'github',
      event: 'issues',
      action: 'opened',
      deliveryid: id,
      correlationid: id,
    },
    body,
    contentType: 'application/json',
    sha256,
    repository: 'octo-org/octo-repo',
    signatureStatus: 'verified',
    secretVersion: 'v1',
    verbatimJson: true,
    sessionKeys: { repository: 'octo-org/octo-repo', source: 'octo-org/octo-repo' },
  };
};

const inLanes = async (count: number, work: (n: number) => Promise<unknown>): Promise<void> => {
  const numbers = Array.from({ length: count }, (_, n) => n).values();
  const lane = async (): Promise<void> => {
    for (const n of numbers) await work(n);
  };
  await Promise.all(Array.from({ length: together }, lane));
};

const dependenciesOn = (storage: string): AzureDependencies => {
  const reading = readSettings({
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    PayloadStorage: storage,
    ServiceBus: 'Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=k;SharedAccessKey=local;UseDevelopmentEmulator=true',
    WEBHOOK_SECRET_GITHUB: 'a-secret-for-benchmarks-only',
    ADMIN_TOKEN: adminToken,
  });
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  const bot = { name: 'notifier', queue: 'bot-notifier', events: ['*'], ordered: false, orderBy: 'entity' } as const;
  return createAzureDependencies(reading.settings, [bot], { version: '0', instance: 'bench' });
};

const nameOf = ({ attributes: { time, id } }: PayloadToArchive): string =>
  `github/${time.slice(0, 10).replaceAll('-', '/')}/${id}.json`;

/** So many of them are owed, and as many were given up. */
const stored = isQuick ? 50 : 1_000;

const recordOf = (n: number): OutboxRecord => {
  const { attributes, repository } = delivery(n);
  const at = attributes.time;
  return {
    version: 1,
    attributes,
    ...(repository !== undefined && { repository }),
    payload: { archiveName: nameOf(delivery(n)), url: 'https://store/x', sha256, size: body.length, travels: 'json' },
    owed: [{ bot: 'notifier', queue: 'bot-notifier', attempts: 1 }],
    history: [{ bot: 'notifier', reason: 'queue-missing', times: 1, firstAt: at, lastAt: at }],
  };
};

/** Archives one of them, and writes the index of all as instances do. */
const seed = async ({ archive, archiveIndex, outbox }: AzureDependencies): Promise<void> => {
  if (archiveIndex === undefined) throw new Error('There is no index');
  await archive.put(delivery(0), never);
  await archiveIndex.write(begunName, Buffer.from(new Date(nowMs - 30 * 86_400_000).toISOString()), never);
  await inLanes(stored, async (n) => {
    await outbox.create(recordOf(n), never);
    const letter = { ...recordOf(n + stored), reason: 'too-old', deadLetteredAt: new Date(nowMs).toISOString() };
    await outbox.deadLetter(letter, never);
  });
  await inLanes(Math.ceil(archived / perPart), async (part) => {
    const all = Array.from({ length: perPart }, (_, n) => delivery(part * perPart + n));
    const byMinute = Map.groupBy(all, ({ attributes }) => attributes.time.slice(0, 16));
    for (const [, [first, ...others]] of byMinute) {
      if (first === undefined) continue;
      const noted = [first, ...others].map((each) => deliveryOf(each, { archived: nameOf(each), bytes: body.length }));
      const timeMs = Date.parse(first.attributes.time);
      await archiveIndex.write(partName({ timeMs, writer: `w${part}`, sequence: 1 }), encodeDeliveries(noted), never);
    }
  });
};

const databaseSchema = z.looseObject({
  collections: z.array(z.looseObject({ data: z.array(z.looseObject({ $loki: z.number() })), maxId: z.number() })),
});

/** Uploading them all would take half an hour: Azurite's own index gets them as copies of the one that it has. */
const multiply = (stateDirectory: string): void => {
  const path = join(stateDirectory, '__azurite_db_blob__.json');
  const database = databaseSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  const name = nameOf(delivery(0));
  for (const collection of database.collections) {
    const original = collection.data.find((blob) => blob['name'] === name);
    if (original === undefined) continue;
    for (let n = 1; n < archived; n += 1) {
      collection.maxId += 1;
      collection.data.push({ ...original, $loki: collection.maxId, name: nameOf(delivery(n)) });
    }
  }
  writeFileSync(path, JSON.stringify(database));
};

/** One instance that has just started, as an operator meets it. */
const startInstance = (storage: string) => {
  const dependencies = dependenciesOn(storage);
  const unread = (): void => {};
  const app = createApp({
    ...dependencies,
    log: createInvocationLog({ debug: unread, info: unread, warn: unread, error: unread }),
  });
  const ask = async (
    query: Readonly<Record<string, string>>,
    handler: (typeof app)['listEvents' | 'listOutbox' | 'listDeadLetters'] = app.listEvents,
  ) => {
    const headers = { authorization: `Bearer ${adminToken}` };
    const request = new HttpRequest({
      method: 'GET',
      url: 'http://localhost/api/events',
      query: { ...query },
      headers,
    });
    const startedMs = performance.now();
    const { status, json } = await callHandler(handler, request);
    const tookMs = performance.now() - startedMs;
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(json)}`);
    const events = json?.['events'] ?? json?.['records'] ?? json?.['deadLetters'];
    return { tookMs, next: String(json?.['next']), count: Array.isArray(events) ? events.length : 0 };
  };
  return { ask, app, close: dependencies.close };
};

/** What is measured. */
const pages = [
  'first page of a new instance',
  'next page',
  'first page again',
  'outbox',
  'dead letters',
  'by subject, one in 500 matches',
  'by subject, none matches',
] as const;

const measure = async (storage: string) => {
  const took = new Map<(typeof pages)[number], number[]>();
  const note = (page: (typeof pages)[number], { tookMs }: { readonly tookMs: number }): void =>
    void took.set(page, [...(took.get(page) ?? []), tookMs]);
  for (let round = 0; round < rounds; round += 1) {
    const { ask, app, close } = startInstance(storage);
    const first = await ask({ limit: '50' });
    const second = await ask({ limit: '50', cursor: first.next });
    const again = await ask({ limit: '50' });
    const owed = await ask({ limit: '50' }, app.listOutbox);
    const dead = await ask({ limit: '50' }, app.listDeadLetters);
    const bySubject = await ask({ limit: '50', subject: 'issues/17' });
    const none = await ask({ limit: '50', subject: 'nowhere' });
    if (none.count !== 0 || none.next === 'undefined') throw new Error('It looked through all of them');
    if (owed.count !== 50 || dead.count !== 50) throw new Error(`${owed.count} and ${dead.count} listed`);
    if (first.count !== 50 || second.count !== 50) throw new Error(`${first.count} and ${second.count} listed`);
    note('first page of a new instance', first);
    note('next page', second);
    note('first page again', again);
    note('outbox', owed);
    note('dead letters', dead);
    note('by subject, one in 500 matches', bySubject);
    note('by subject, none matches', none);
    await close();
  }
  return took;
};

/** A page whose filter lets little through ends after three, and says where to go on. */
const filteredSeconds = 4;

const stateDirectory = mkdtempSync(join(tmpdir(), 'breakwater-bench-events-'));
const startedMs = performance.now();
const seeded = await startBlobStorage({ port: 0, stateDirectory });
const seeding = dependenciesOn(seeded.connectionString);
await seed(seeding);
await seeding.close();
await seeded.close();
multiply(stateDirectory);
console.log(`  ${archived} deliveries archived in ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`);
const storage = await startBlobStorage({ port: 0, stateDirectory });
const took = await measure(storage.connectionString);
await storage.close();
rmSync(stateDirectory, { recursive: true });

const rows: readonly Row[] = [...took].map(([page, all]) => ({
  page,
  archived,
  'median, ms': median(all),
  'longest, ms': Math.max(...all),
}));
const ratios: readonly Ratio[] = [...took].map(([page, all]) => {
  const atMost = page.startsWith('by subject') ? filteredSeconds : 1;
  return ratio({ name: `${page}, median in seconds`, value: median(all) / 1_000, atMost });
});

reportPart({ part: 'events', rows, ratios });
