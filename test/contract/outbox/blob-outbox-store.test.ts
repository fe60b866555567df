import { randomUUID } from 'node:crypto';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BlobStorage, startBlobStorage } from '../../../src/local/blob-storage/start-blob-storage.js';
import { createBlobOutboxStore } from '../../../src/outbox/blob-outbox-store.js';
import { decodeDeadLetter } from '../../../src/outbox/encode-record.js';
import type { DeadLetter } from '../../../src/outbox/outbox-record.js';
import { leaseSeconds } from '../../../src/outbox/outbox-store.js';
import { sampleRecord } from '../../unit/outbox/sample-record.js';
import { describeOutboxStore } from './outbox-store-contract.js';

const never = new AbortController().signal;
let storage: BlobStorage;

beforeAll(async () => {
  storage = await startBlobStorage({ port: 0 });
});

afterAll(() => storage.close());

const newContainer = (): ContainerClient =>
  BlobServiceClient.fromConnectionString(storage.connectionString, {
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
