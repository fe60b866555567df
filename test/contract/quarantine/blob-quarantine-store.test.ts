import { randomUUID } from 'node:crypto';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { inject } from 'vitest';
import { createBlobQuarantineStore } from '../../../src/quarantine/blob-quarantine-store.js';
import { describeQuarantineStore } from './quarantine-store-contract.js';

const connectionString = inject('blobConnectionString');

const newContainer = (): ContainerClient =>
  BlobServiceClient.fromConnectionString(connectionString, {
    retryOptions: { maxTries: 1 },
  }).getContainerClient(`c-${randomUUID()}`);

describeQuarantineStore('Blob Storage', async () => {
  const container = newContainer();
  const names = async () => {
    const found: string[] = [];
    for await (const { name } of container.listBlobsFlat()) found.push(name);
    return found;
  };
  return { store: createBlobQuarantineStore(container), names };
});
