import type { ContainerClient } from '@azure/storage-blob';
import { type ContainerSource, creatingContainer, inContainer } from '../../archive/blob-container.js';
import { isNotThere, isTaken, storageErrorCode } from '../../archive/classify-archive-error.js';
import { collectBody } from '../../archive/one-blob.js';
import { createRecord, type RecordPlace } from './create-record.js';
import { listedMetadata, listedRecord } from './listed-record.js';
import { deliveredKeys, deliveredName, deliveredPrefix } from './outbox-name.js';
import { type DeadLetter, decodeDeadLetter, decodeRecord, encodeRecord, type OutboxRecord } from './outbox-record.js';
import {
  type DeliveredPage,
  leaseSeconds,
  type OutboxPage,
  type OutboxStore,
  type RecordLease,
  type StoredLetter,
  type StoredRecord,
} from './outbox-store.js';

export interface OutboxContainers {
  readonly records: ContainerSource;
  readonly deadLetters: ContainerSource;
}

/** The names of records begin with their year. */
const recordPrefix = '2';
const jsonType = { blobContentType: 'application/json' } as const;
/** Reading a page stops everything else in the process for 0.15 ms per record. */
const maxPageSize = 1_000;

/** Leased by another, changed since it was read, or in the middle of being leased. */
const notOursCodes: ReadonlySet<string | undefined> = new Set([
  'LeaseAlreadyPresent',
  'ConditionNotMet',
  'LeaseIsBreakingAndCannotBeAcquired',
]);

const create = async (
  container: ContainerClient,
  name: string,
  record: OutboxRecord | DeadLetter,
  abortSignal: AbortSignal,
): Promise<'created' | 'taken'> => {
  const body = encodeRecord(record);
  const metadata = listedMetadata(record);
  const blob = container.getBlockBlobClient(name);
  try {
    const options = { abortSignal, conditions: { ifNoneMatch: '*' }, blobHTTPHeaders: jsonType, metadata };
    await creatingContainer(container, abortSignal, () => blob.upload(body, body.length, options));
    return 'created';
  } catch (thrown) {
    if (isTaken(thrown)) return 'taken';
    throw thrown;
  }
};

const download = async (
  container: ContainerClient,
  name: string,
  abortSignal: AbortSignal,
): Promise<{ readonly body: Buffer; readonly etag: string } | 'gone'> => {
  try {
    const response = await container.getBlockBlobClient(name).download(0, undefined, { abortSignal });
    const body = await collectBody(response.readableStreamBody, response.contentLength ?? 0);
    return { body, etag: response.etag ?? '' };
  } catch (thrown) {
    if (isNotThere(thrown)) return 'gone';
    throw thrown;
  }
};

/** A container as a place to create records in. */
const placeIn = <R extends OutboxRecord | DeadLetter>(
  container: ContainerClient,
  decode: (bytes: Buffer) => OutboxRecord | undefined,
  signal: AbortSignal,
): RecordPlace<R> => ({
  create: (name, record) => create(container, name, record, signal),
  read: async (name) => {
    const found = await download(container, name, signal);
    return found === 'gone' ? 'gone' : (decode(found.body) ?? 'unreadable');
  },
});

const list = async (
  container: ContainerClient,
  from: string | undefined,
  abortSignal: AbortSignal,
): Promise<OutboxPage> => {
  const pages = container
    .listBlobsFlat({ includeMetadata: true, prefix: recordPrefix, abortSignal })
    .byPage({ maxPageSize, ...(from !== undefined && { continuationToken: from }) });
  try {
    for await (const { segment, continuationToken } of pages) {
      const records = segment.blobItems.map(listedRecord);
      return { records, ...(continuationToken && { next: continuationToken }) };
    }
  } catch (thrown) {
    if (!isNotThere(thrown)) throw thrown;
  }
  return { records: [] };
};

const read = async (
  container: ContainerClient,
  name: string,
  signal: AbortSignal,
): Promise<StoredRecord | 'unreadable' | 'gone'> => {
  const found = await download(container, name, signal);
  if (found === 'gone') return 'gone';
  const record = decodeRecord(found.body);
  return record === undefined ? 'unreadable' : { name, version: found.etag, record };
};

const lease = async (
  container: ContainerClient,
  { name, version }: StoredRecord,
  abortSignal: AbortSignal,
): Promise<RecordLease | 'taken' | 'gone'> => {
  const blob = container.getBlobClient(name);
  try {
    const client = blob.getBlobLeaseClient();
    await client.acquireLease(leaseSeconds, { abortSignal, conditions: { ifMatch: version } });
    return { name, leaseId: client.leaseId };
  } catch (thrown) {
    if (isNotThere(thrown)) return 'gone';
    // A condition on a blob that is gone fails like one on a blob that changed.
    if (notOursCodes.has(storageErrorCode(thrown))) return (await blob.exists({ abortSignal })) ? 'taken' : 'gone';
    throw thrown;
  }
};

const update = async (
  container: ContainerClient,
  { name, leaseId }: RecordLease,
  record: OutboxRecord,
  abortSignal: AbortSignal,
): Promise<void> => {
  const body = encodeRecord(record);
  const metadata = listedMetadata(record);
  const options = { abortSignal, conditions: { leaseId }, blobHTTPHeaders: jsonType, metadata };
  await container.getBlockBlobClient(name).upload(body, body.length, options);
};

const remove = async (
  container: ContainerClient,
  { name, leaseId }: RecordLease,
  abortSignal: AbortSignal,
): Promise<void> => {
  try {
    await container.getBlobClient(name).delete({ abortSignal, conditions: { leaseId } });
  } catch (thrown) {
    if (!isNotThere(thrown)) throw thrown;
  }
};

const replaceDeadLetter = async (
  container: ContainerClient,
  { stored: { name, version }, rest }: { readonly stored: StoredLetter; readonly rest: DeadLetter | undefined },
  abortSignal: AbortSignal,
): Promise<'replaced' | 'changed'> => {
  const blob = container.getBlockBlobClient(name);
  const options = { abortSignal, conditions: { ifMatch: version } };
  try {
    if (rest === undefined) await blob.delete(options);
    else {
      const body = encodeRecord(rest);
      const metadata = listedMetadata(rest);
      await blob.upload(body, body.length, { ...options, blobHTTPHeaders: jsonType, metadata });
    }
    return 'replaced';
  } catch (thrown) {
    if (isNotThere(thrown) || storageErrorCode(thrown) === 'ConditionNotMet') return 'changed';
    throw thrown;
  }
};

const listDelivered = async (
  container: ContainerClient,
  from: string | undefined,
  abortSignal: AbortSignal,
): Promise<DeliveredPage> => {
  const options = from === undefined ? {} : { continuationToken: from };
  try {
    for await (const { segment, continuationToken } of container
      .listBlobsFlat({ prefix: deliveredPrefix, abortSignal })
      .byPage(options)) {
      const keys = segment.blobItems.flatMap(({ name }) => deliveredKeys(name));
      return { keys, ...(continuationToken && { next: continuationToken }) };
    }
  } catch (thrown) {
    if (!isNotThere(thrown)) throw thrown;
  }
  return { keys: [] };
};

/**
 * The outbox on Blob Storage. The lease is the blob's own, kept by storage and its clock: it ends by itself when its holder
 * dies, no two instances need agree on the time, and storage refuses whoever writes without it. Throws `ArchiveError` and
 * nothing else; an abort ends every call at once.
 */
export const createBlobOutboxStore = ({ records, deadLetters }: OutboxContainers): OutboxStore => ({
  create: (record, signal) =>
    inContainer(records, signal, (container) => createRecord(placeIn(container, decodeRecord, signal), record)),
  list: (from, signal) => inContainer(records, signal, (container) => list(container, from, signal)),
  read: (name, signal) => inContainer(records, signal, (container) => read(container, name, signal)),
  lease: (stored, signal) => inContainer(records, signal, (container) => lease(container, stored, signal)),
  release: (held, signal) =>
    inContainer(records, signal, async (container) => {
      await container.getBlobClient(held.name).getBlobLeaseClient(held.leaseId).releaseLease({ abortSignal: signal });
    }),
  update: (held, record, signal) =>
    inContainer(records, signal, (container) => update(container, held, record, signal)),
  remove: (held, signal) => inContainer(records, signal, (container) => remove(container, held, signal)),
  listDeadLetters: (from, signal) => inContainer(deadLetters, signal, (container) => list(container, from, signal)),
  remember: (copies, signal) =>
    inContainer(records, signal, async (container) => {
      const body = Buffer.from(JSON.stringify([...copies.values()]));
      const options = { abortSignal: signal, blobHTTPHeaders: jsonType };
      await container.getBlockBlobClient(deliveredName(copies)).upload(body, body.length, options);
    }),
  listDelivered: (from, signal) => inContainer(records, signal, (container) => listDelivered(container, from, signal)),
  readDeadLetter: (name, signal) =>
    inContainer(deadLetters, signal, async (container) => {
      const found = await download(container, name, signal);
      if (found === 'gone') return 'gone';
      const letter = decodeDeadLetter(found.body);
      return letter === undefined ? 'unreadable' : { name, version: found.etag, letter };
    }),
  replaceDeadLetter: (stored, rest, signal) =>
    inContainer(deadLetters, signal, (container) => replaceDeadLetter(container, { stored, rest }, signal)),
  deadLetter: (letter, signal) =>
    inContainer(deadLetters, signal, (container) => createRecord(placeIn(container, decodeDeadLetter, signal), letter)),
});
