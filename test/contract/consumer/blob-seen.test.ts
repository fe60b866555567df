import { BlobServiceClient } from '@azure/storage-blob';
import { expect, inject, it } from 'vitest';
import { createBlobSeen, unlessSeen } from '../../../src/consumer/consumer.js';

const connectionString = inject('blobConnectionString');

it('seen on Blob Storage: the work of one key is done once, also by another bot process', async () => {
  const container = BlobServiceClient.fromConnectionString(connectionString).getContainerClient('bot-seen');
  await container.create();
  const done: string[] = [];
  const work = (key: string) => unlessSeen(createBlobSeen(container), key, async () => void done.push(key));

  expect(await work('github:a b/ü:1')).toBe(true);
  expect(await work('github:a b/ü:1')).toBe(false);
  expect(await work('github:other:1')).toBe(true);

  expect(done).toEqual(['github:a b/ü:1', 'github:other:1']);
});

it('seen on Blob Storage: work that fails is not remembered', async () => {
  const container = BlobServiceClient.fromConnectionString(connectionString).getContainerClient('bot-failing');
  await container.create();
  const seen = createBlobSeen(container);
  const fail = () => Promise.reject(new Error('On purpose'));

  await expect(unlessSeen(seen, 'key', fail)).rejects.toThrow('On purpose');

  expect(await seen.has('key')).toBe(false);
});
