import { randomUUID } from 'node:crypto';
import { BlobServiceClient } from '@azure/storage-blob';
import { inject } from 'vitest';
import { createBlobBatchStore } from '../../../src/batches/blob-batch-store.js';
import { batchStoreContract } from './batch-store-contract.js';

const connectionString = inject('blobConnectionString');

batchStoreContract('Blob Storage', () => {
  const name = `c-${randomUUID()}`;
  return createBlobBatchStore(() =>
    BlobServiceClient.fromConnectionString(connectionString, {
      retryOptions: { maxTries: 1 },
    }).getContainerClient(name),
  );
});
