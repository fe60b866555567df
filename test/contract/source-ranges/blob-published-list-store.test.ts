import { randomUUID } from 'node:crypto';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { describe, expect, inject, it } from 'vitest';
import { createBlobPublishedListStore } from '../../../src/source-ranges/blob-published-list-store.js';
import { publishedListStoreContract } from './published-list-store-contract.js';

const name = 'source-ranges/github-meta.json';
const connectionString = inject('blobConnectionString');

const newContainer = (): ContainerClient =>
  BlobServiceClient.fromConnectionString(connectionString, {
    retryOptions: { maxTries: 1 },
  }).getContainerClient(`c-${randomUUID()}`);

publishedListStoreContract('Blob Storage', () => {
  let container: ContainerClient | undefined;
  return createBlobPublishedListStore(() => {
    container ??= newContainer();
    return container;
  }, name);
});

describe('published list: Blob Storage', () => {
  const never = new AbortController().signal;

  it.each([
    '',
    'junk',
    '{"readAt":"yesterday","ranges":["1.2.3.4"]}',
    '{"readAt":"2026-03-01T12:00:00Z","ranges":[]}',
  ])('what is no list of ours (%j) is none', async (text) => {
    const container = newContainer();
    await container.create();
    await container.getBlockBlobClient(name).upload(text, text.length);

    expect(await createBlobPublishedListStore(container, name).read(never)).toBeUndefined();
  });

  it('lies in the container as one JSON blob', async () => {
    const container = newContainer();
    const list = { readAt: '2026-03-01T12:00:00.000Z', ranges: ['203.0.113.0/24'] };

    await createBlobPublishedListStore(container, name).write(list, never);

    const blob = container.getBlobClient(name);
    expect((await blob.getProperties()).contentType).toBe('application/json');
    expect(JSON.parse(String(await blob.downloadToBuffer()))).toEqual(list);
  });
});
