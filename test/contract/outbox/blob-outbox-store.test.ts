import { randomUUID } from 'node:crypto';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { describe, expect, inject, it } from 'vitest';
import { createBlobOutboxStore } from '../../../src/outbox/record/blob-outbox-store.js';
import { type DeadLetter, decodeDeadLetter } from '../../../src/outbox/record/outbox-record.js';
import { leaseSeconds } from '../../../src/outbox/record/outbox-store.js';
import { sampleRecord } from '../../unit/outbox/sample-record.js';
import { describeOutboxStore } from './outbox-store-contract.js';

const never = new AbortController().signal;
const connectionString = inject('blobConnectionString');

const newContainer = (): ContainerClient =>
  BlobServiceClient.fromConnectionString(connectionString, {
    retryOptions: { maxTries: 1 },
  }).getContainerClient(`c-${randomUUID()}`);

const lettersIn = async (container: ContainerClient): Promise<ReadonlyMap<string, DeadLetter>> => {
  const letters = new Map<string, DeadLetter>();
  for await (const { name } of container.listBlobsFlat()) {
    const letter = decodeDeadLetter(await container.getBlobClient(name).downloadToBuffer());
    if (letter !== undefined) letters.set(name, letter);
  }
  return letters;
};

describeOutboxStore('Blob Storage', async () => {
  const [records, deadLetters] = [newContainer(), newContainer()];
  const store = createBlobOutboxStore({ records: () => records, deadLetters: async () => deadLetters });
  return { store, deadLetters: () => lettersIn(deadLetters), close: async () => {} };
});

describe('blob outbox', () => {
  it('blob outbox: what is no record of ours is said to be unreadable, and its place is left to it', async () => {
    const container = newContainer();
    await container.create();
    const store = createBlobOutboxStore({ records: container, deadLetters: container });
    const at = `2026/01/02/03/${sampleRecord().attributes.id}.json`;
    await container.getBlockBlobClient(at).upload('{"version":2}', 13);

    await store.create(sampleRecord(), never);

    expect(await store.read(at, never)).toBe('unreadable');
    expect((await store.list(undefined, never)).records).toHaveLength(2);
  });

  it('blob outbox: a record too long for its metadata is listed by name, and read', async () => {
    const container = newContainer();
    const store = createBlobOutboxStore({ records: container, deadLetters: container });
    const at = '2026-01-02T03:04:05.678Z';
    const reasons = Array.from({ length: 1_000 }, () => randomUUID());
    const long = sampleRecord({
      history: reasons.map((reason) => ({ bot: 'notifier', reason, times: 1, firstAt: at, lastAt: at })),
    });

    await store.create(long, never);

    const [pending] = (await store.list(undefined, never)).records;
    expect(pending?.shown).toBeUndefined();
    expect(await store.read(pending?.name ?? '', never)).toMatchObject({ record: long });
  });

  it('blob outbox: metadata that is no record of ours shows nothing, and the record is read', async () => {
    const container = newContainer();
    const store = createBlobOutboxStore({ records: container, deadLetters: container });
    await store.create(sampleRecord(), never);
    const [{ name = '' } = {}] = (await store.list(undefined, never)).records;
    await container.getBlobClient(name).setMetadata({ time: '2026-01-02T03:04:05.678Z', record: 'bm90IGRlZmxhdGVk' });

    const [pending] = (await store.list(undefined, never)).records;

    expect(pending?.shown?.()).toBeUndefined();
    expect(await store.read(name, never)).toMatchObject({ record: sampleRecord() });
  });

  it('blob outbox: storage itself keeps the lease, and for no longer than it is asked to', async () => {
    const container = newContainer();
    const store = createBlobOutboxStore({ records: container, deadLetters: container });
    await store.create(sampleRecord(), never);
    const [pending] = (await store.list(undefined, never)).records;
    const stored = await store.read(pending?.name ?? '', never);
    if (typeof stored === 'string') throw new Error(stored);

    await store.lease(stored, never);

    const properties = await container.getBlobClient(stored.name).getProperties();
    expect(properties).toMatchObject({ leaseStatus: 'locked', leaseState: 'leased', leaseDuration: 'fixed' });
    expect(leaseSeconds).toBeGreaterThanOrEqual(15);
    expect(leaseSeconds).toBeLessThanOrEqual(60);
  });
});
