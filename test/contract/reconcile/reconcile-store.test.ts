import { randomUUID } from 'node:crypto';
import { BlobServiceClient } from '@azure/storage-blob';
import { describe, expect, inject, it } from 'vitest';
import { createBlobReconcileStore } from '../../../src/reconcile/blob-reconcile-store.js';
import { createMemoryReconcileStore } from '../../../src/reconcile/memory-reconcile-store.js';
import type { ReconcileState, ReconcileStore } from '../../../src/reconcile/reconcile-store.js';

const name = 'reconcile/github.json';
const never = new AbortController().signal;

const connectionString = inject('blobConnectionString');

const newContainer = () =>
  BlobServiceClient.fromConnectionString(connectionString, {
    retryOptions: { maxTries: 1 },
  }).getContainerClient(`c-${randomUUID()}`);

const state: ReconcileState = {
  app: {
    readThroughMs: 5,
    missed: [{ deliveryId: 'guid', attemptId: '7', event: 'push', firstAtMs: 1, lastAtMs: 2, asked: 1, askedAtMs: 3 }],
    unfinished: { next: 'v1_7', newestMs: 9, succeeded: ['other'] },
  },
};

describe.each([
  ['memory', () => createMemoryReconcileStore()],
  ['Blob Storage', () => createBlobReconcileStore(newContainer(), name)],
] as const)('the state of reconciling: %s', (_, create: () => ReconcileStore) => {
  it('is empty at first, and as it was saved for whoever comes next', async () => {
    const store = create();

    const first = await store.acquire(never);
    if (first === 'taken') throw new Error('nobody else is there');
    await store.save(first.leaseId, state, never);
    await store.release(first.leaseId, never);
    const second = await store.acquire(never);

    expect(first.state).toEqual({});
    expect(second).toMatchObject({ state });
  });

  it('is had by one at a time', async () => {
    const store = create();

    const held = await store.acquire(never);
    const refused = await store.acquire(never);

    expect(held).not.toBe('taken');
    expect(refused).toBe('taken');
  });
});

describe('the state of reconciling in Blob Storage', () => {
  it.each([
    '',
    'junk',
    '[]',
    '{"app":{"readThroughMs":"yesterday"}}',
    '{"app":{"readThroughMs":9e15,"missed":[]}}',
    '{"app":{"readThroughMs":-1,"missed":[]}}',
    '{"app":{"readThroughMs":1,"missed":[{"deliveryId":"a","attemptId":"1","event":"push","firstAtMs":1,"lastAtMs":1,"asked":-9}]}}',
  ])('what is no state (%j) is an empty one', async (text) => {
    const container = newContainer();
    await container.create();
    await container.getBlockBlobClient(name).upload(text, text.length);

    const held = await createBlobReconcileStore(container, name).acquire(never);
    expect(held).toEqual({ leaseId: expect.any(String), state: {} });
  });

  it('of one hook is lost alone', async () => {
    const container = newContainer();
    await container.create();
    const text = JSON.stringify({ app: 'junk', 'orgs/acme/hooks/7': { readThroughMs: 5, missed: [] } });
    await container.getBlockBlobClient(name).upload(text, text.length);

    const held = await createBlobReconcileStore(container, name).acquire(never);
    expect(held).toEqual({
      leaseId: expect.any(String),
      state: { 'orgs/acme/hooks/7': { readThroughMs: 5, missed: [] } },
    });
  });

  it('is not written by one whose lease has gone to another', async () => {
    const container = newContainer();
    const store = createBlobReconcileStore(container, name);
    const lost = await store.acquire(never);
    if (lost === 'taken') throw new Error('nobody else is there');
    await container.getBlobClient(name).getBlobLeaseClient(lost.leaseId).breakLease(0);
    await store.acquire(never);

    await expect(store.save(lost.leaseId, state, never)).rejects.toMatchObject({ name: 'ArchiveError' });
  });
});
