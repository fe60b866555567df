import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import type { Copy } from '../../../local/ledger/accounts.js';
import { decodeMetadata } from '../../../src/archive/blob-form.js';
import { decodeDeadLetter, decodeRecord, type OutboxRecord } from '../../../src/outbox/record/outbox-record.js';
import { inParallel } from '../in-parallel.js';
import { type OwedCopy, owedToBots } from './owed-copy.js';

/** Reads what Blob Storage holds, directly and not by way of the app. */
export interface BlobReader {
  /** Every archived payload: its event and the hash of the bytes that lie there. */
  archive(): Promise<readonly Copy[]>;
  /** The copies that outbox records name. */
  outbox(): Promise<readonly OwedCopy[]>;
  /** Whether any outbox record names a copy. It reads no further than the first that does, so that it can be asked again and again. */
  isOwing(): Promise<boolean>;
  deadLetters(): Promise<readonly OwedCopy[]>;
  /** How many notes of processes there are: of those that run, and of those killed whose work nobody has looked through yet. */
  notes(): Promise<number>;
}

const readAtOnce = 16;

const statusOf = (fault: unknown): unknown =>
  typeof fault === 'object' && fault !== null && 'statusCode' in fault ? fault.statusCode : undefined;

/** A container that was never written to does not exist, and a record may be gone by the time it is read. */
const unlessMissing = async <T>(reading: Promise<T>): Promise<T | undefined> => {
  try {
    return await reading;
  } catch (fault) {
    if (statusOf(fault) === 404) return undefined;
    throw fault;
  }
};

interface Listed {
  readonly name: string;
  readonly id: string;
}

const list = async (container: ContainerClient, prefix: string): Promise<readonly Listed[]> => {
  const found: Listed[] = [];
  for await (const { name, metadata } of container.listBlobsFlat({ prefix, includeMetadata: true })) {
    found.push({ name, id: decodeMetadata(metadata ?? {})['id'] ?? name });
  }
  return found;
};

const listIfAny = async (container: ContainerClient, prefix = ''): Promise<readonly Listed[]> =>
  (await unlessMissing(list(container, prefix))) ?? [];

/** In one request: a record may be written anew while it is read, and be shorter then. */
const readWhole = async (container: ContainerClient, name: string): Promise<Buffer> => {
  const { readableStreamBody } = await container.getBlobClient(name).download();
  if (readableStreamBody === undefined) throw new Error(`${container.containerName}/${name} came without a body`);
  return buffer(readableStreamBody);
};

type Decode = (bytes: Buffer) => OutboxRecord | undefined;

/** Beside the records lies much else, of what has been delivered and archived. */
const recordPrefix = '2';

const readRecord = async (container: ContainerClient, name: string, decode: Decode): Promise<readonly OwedCopy[]> => {
  const bytes = await unlessMissing(readWhole(container, name));
  if (bytes === undefined) return [];
  const record = decode(bytes);
  if (record === undefined) throw new Error(`${container.containerName}/${name} is no record`);
  return owedToBots(record);
};

const readRecords = async (container: ContainerClient, decode: Decode): Promise<readonly OwedCopy[]> => {
  const records = await listIfAny(container, recordPrefix);
  const copies = await inParallel(records, readAtOnce, ({ name }) => readRecord(container, name, decode));
  return copies.flat();
};

const someRecordOwes = async (container: ContainerClient): Promise<boolean> => {
  const pages = container.listBlobsFlat({ prefix: recordPrefix }).byPage({ maxPageSize: readAtOnce });
  for await (const { segment } of pages) {
    for (const { name } of segment.blobItems) {
      if ((await readRecord(container, name, decodeRecord)).length > 0) return true;
    }
  }
  return false;
};

/** Archived payloads never change, so that each is read once by one reader. */
export const createBlobReader = (connectionString: string): BlobReader => {
  const blobs = BlobServiceClient.fromConnectionString(connectionString);
  const payloads = blobs.getContainerClient('webhook-payloads');
  const outbox = blobs.getContainerClient('webhook-outbox');
  const known = new Map<string, Copy>();
  const readPayload = async ({ name, id }: Listed): Promise<Copy> => {
    const bytes = await payloads.getBlobClient(name).downloadToBuffer();
    const copy = { id, sha256: createHash('sha256').update(bytes).digest('hex') };
    known.set(name, copy);
    return copy;
  };
  return {
    async archive() {
      // What is known of bodies that came lies beside the payloads.
      const listed = (await listIfAny(payloads)).filter(({ name }) => !name.startsWith('seen-bodies/'));
      return inParallel(listed, readAtOnce, async (blob) => known.get(blob.name) ?? readPayload(blob));
    },
    outbox: () => readRecords(outbox, decodeRecord),
    isOwing: async () => (await unlessMissing(someRecordOwes(outbox))) ?? false,
    deadLetters: () => readRecords(blobs.getContainerClient('webhook-dead-letters'), decodeDeadLetter),
    notes: async () => (await listIfAny(outbox, 'instances/')).length,
  };
};
