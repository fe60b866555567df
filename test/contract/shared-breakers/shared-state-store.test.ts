import { randomUUID } from 'node:crypto';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { describe, expect, inject, it } from 'vitest';
import { ArchiveError } from '../../../src/archive/archive-error.js';
import {
  createBlobSharedStateStore,
  sharedStateBlobName,
} from '../../../src/shared-breakers/blob-shared-state-store.js';
import type { SharedStateStore } from '../../../src/shared-breakers/shared-state-store.js';
import { ManualClock } from '../../support/manual-clock.js';
import { createMemorySharedStateStore } from '../../support/memory/shared-state-store.js';

const signal = new AbortController().signal;
const text = (value: string): Buffer => Buffer.from(value);

const connectionString = inject('blobConnectionString');

const newContainer = (): ContainerClient =>
  BlobServiceClient.fromConnectionString(connectionString, {
    retryOptions: { maxTries: 1 },
  }).getContainerClient(`c-${randomUUID()}`);

describe.each<[string, () => SharedStateStore]>([
  ['memory', () => createMemorySharedStateStore(new ManualClock())],
  ['Blob Storage', () => createBlobSharedStateStore(newContainer())],
])('shared state store: %s', (_title, create) => {
  it('answers what was written, and that nothing has changed since', async () => {
    const store = create();

    const absent = await store.read(undefined, signal);
    const version = await store.write(text('{"a":1}'), undefined, signal);
    const reading = await store.read(undefined, signal);
    const again = await store.read(version, signal);

    expect(absent).toBe('absent');
    expect(reading).toMatchObject({ version, json: text('{"a":1}') });
    expect(again).toBe('unchanged');
  });

  it('replaces the version that is known and no other', async () => {
    const store = create();
    const first = await store.write(text('1'), undefined, signal);

    const unseen = await store.write(text('2'), undefined, signal);
    const second = await store.write(text('3'), first, signal);
    const late = await store.write(text('4'), first, signal);

    expect([unseen, late]).toEqual(['conflict', 'conflict']);
    expect(await store.read(first, signal)).toMatchObject({ version: second, json: text('3') });
  });

  it('ends with the abort', async () => {
    const store = create();

    await expect(store.read(undefined, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('the shared state in Blob Storage', () => {
  it('that is empty, too long or was deleted can be replaced', async () => {
    const container = newContainer();
    const store = createBlobSharedStateStore(container);
    await store.write(text('1'), undefined, signal);
    const blob = container.getBlockBlobClient(sharedStateBlobName);

    await blob.upload('', 0);
    const empty = await store.read(undefined, signal);
    await blob.upload('x'.repeat(300_000), 300_000);
    const long = await store.read(undefined, signal);
    const version = typeof long === 'string' ? long : long.version;
    await blob.delete();

    expect(empty).toMatchObject({ json: text('') });
    expect(typeof long === 'string' ? 0 : long.json.length).toBe(262_144);
    expect(await store.write(text('2'), version, signal)).toBe('conflict');
    expect(await store.read(version, signal)).toBe('absent');
  });

  it('that somebody holds a lease on is a fault, and no conflict that another look would end', async () => {
    const container = newContainer();
    const store = createBlobSharedStateStore(container);
    const version = await store.write(text('1'), undefined, signal);
    await container.getBlobClient(sharedStateBlobName).getBlobLeaseClient().acquireLease(-1);

    await expect(store.write(text('2'), version, signal)).rejects.toBeInstanceOf(ArchiveError);
    expect(await store.read(version, signal)).toBe('unchanged');
  });

  it('says how old it is by the clock of storage', async () => {
    const container = newContainer();
    const store = createBlobSharedStateStore(container);
    await store.write(text('1'), undefined, signal);

    const reading = await store.read(undefined, signal);

    expect(typeof reading === 'string' ? -1 : reading.ageMs).toBeGreaterThanOrEqual(0);
    expect(typeof reading === 'string' ? -1 : reading.ageMs).toBeLessThan(60_000);
  });
});
