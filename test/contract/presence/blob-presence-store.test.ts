import { randomUUID } from 'node:crypto';
import { BlobServiceClient } from '@azure/storage-blob';
import { inject } from 'vitest';
import { createBlobPresenceStore } from '../../../src/presence/blob-presence-store.js';
import { describePresenceStore } from './presence-store-contract.js';

const connectionString = inject('blobConnectionString');

describePresenceStore('Blob Storage', async () => {
  const service = BlobServiceClient.fromConnectionString(connectionString, { retryOptions: { maxTries: 1 } });
  const container = service.getContainerClient(`c-${randomUUID()}`);
  const endLeases = async () => {
    for await (const { name } of container.listBlobsFlat()) {
      await container.getBlobClient(name).getBlobLeaseClient().breakLease(0);
    }
  };
  return { store: createBlobPresenceStore(container), endLeases };
});
