import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobSASPermissions, BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BlobStorage, startBlobStorage } from '../../../local/blob-storage/start-blob-storage.js';

const rounds = 20;
const sixteen = Array.from({ length: 16 }, (_, n) => n);
const brokenOffAt = 350_001;
const large = Buffer.alloc(4 * 1024 * 1024, 'broken off ');

/** Says how long the body is, sends the beginning, and breaks the connection. */
const breakOff = async (container: ContainerClient, name: string): Promise<void> => {
  const permissions = BlobSASPermissions.parse('cw');
  const expiresOn = new Date(Date.now() + 3_600_000);
  const url = await container.getBlockBlobClient(name).generateSasUrl({ permissions, expiresOn });
  const headers = { 'x-ms-blob-type': 'BlockBlob', 'content-length': large.length };
  const upload = request(url, { method: 'PUT', headers });
  upload.on('error', () => {});
  await new Promise<void>((sent) => upload.write(large.subarray(0, brokenOffAt), () => sent()));
  await new Promise((closed) => upload.once('close', closed).destroy());
};

const textOf = (name: string): string => `the whole of ${name} and nothing else`;

const write = async (container: ContainerClient, name: string): Promise<string> => {
  await container.getBlockBlobClient(name).upload(textOf(name), textOf(name).length);
  return name;
};

let directory: string;
let storage: BlobStorage;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'breakwater-blobs-'));
  storage = await startBlobStorage({ port: 0, stateDirectory: directory });
});

afterAll(async () => {
  await storage?.close();
  await rm(directory, { recursive: true, force: true });
});

test('blob storage: an upload that breaks off midway leaves every other blob as it was written', async () => {
  const container = BlobServiceClient.fromConnectionString(storage.connectionString).getContainerClient('uploads');
  await container.create();
  const written: string[] = [];

  for (let round = 0; round < rounds; round += 1) {
    const breaking = sixteen.map((n) => breakOff(container, `broken-${round}-${n}`));
    const writing = [0, 1, 2, 3, 4, 5].map((n) => write(container, `small-${round}-${n}`));
    written.push(...(await Promise.all(writing)));
    await Promise.all(breaking);
    written.push(await write(container, `small-${round}-after`));
  }

  for (const name of written) {
    const read = await container.getBlobClient(name).downloadToBuffer();
    expect(read.toString(), name).toBe(textOf(name));
  }
});
