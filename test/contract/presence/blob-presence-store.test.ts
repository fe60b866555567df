import { randomUUID } from 'node:crypto';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll } from 'vitest';
import { type BlobStorage, startBlobStorage } from '../../../local/blob-storage/start-blob-storage.js';
import { createBlobPresenceStore } from '../../../src/presence/blob-presence-store.js';
import { describePresenceStore } from './presence-store-contract.js';

let storage: BlobStorage;

beforeAll(async () => {
  storage = await startBlobStorage({ port: 0 });
});

afterAll(() => storage.close());

describePresenceStore('Blob Storage', async () => {
  const service = BlobServiceClient.fromConnectionString(storage.connectionString, { retryOptions: { maxTries: 1 } });
  const container = service.getContainerClient(`c-${randomUUID()}`);
  const endLeases = async () => {
    for await (const { name } of container.listBlobsFlat()) {
      await container.getBlobClient(name).getBlobLeaseClient().breakLease(0);
    }
  };
  return { store: createBlobPresenceStore(container), endLeases };
});
