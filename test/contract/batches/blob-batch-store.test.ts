import { randomUUID } from 'node:crypto';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll } from 'vitest';
import { type BlobStorage, startBlobStorage } from '../../../local/blob-storage/start-blob-storage.js';
import { createBlobBatchStore } from '../../../src/batches/blob-batch-store.js';
import { batchStoreContract } from './batch-store-contract.js';

let storage: BlobStorage;

beforeAll(async () => {
  storage = await startBlobStorage({ port: 0 });
});

afterAll(() => storage.close());

batchStoreContract('Blob Storage', () => {
  const name = `c-${randomUUID()}`;
  return createBlobBatchStore(() =>
    BlobServiceClient.fromConnectionString(storage.connectionString, {
      retryOptions: { maxTries: 1 },
    }).getContainerClient(name),
  );
});
