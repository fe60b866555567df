import { randomUUID } from 'node:crypto';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll } from 'vitest';
import { type BlobStorage, startBlobStorage } from '../../../local/blob-storage/start-blob-storage.js';
import { createBlobQuarantineStore } from '../../../src/quarantine/blob-quarantine-store.js';
import { describeQuarantineStore } from './quarantine-store-contract.js';

let storage: BlobStorage;

beforeAll(async () => {
  storage = await startBlobStorage({ port: 0 });
});

afterAll(() => storage.close());

const newContainer = (): ContainerClient =>
  BlobServiceClient.fromConnectionString(storage.connectionString, {
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
