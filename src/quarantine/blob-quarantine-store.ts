import type { ContainerClient } from '@azure/storage-blob';
import { type ContainerSource, creatingContainer, inContainer } from '../archive/blob-container.js';
import { isNotThere, storageErrorCode } from '../archive/classify-archive-error.js';
import { collectBody } from '../archive/one-blob.js';
import { entryOf } from './quarantine-name.js';
import {
  asidePrefix,
  leaseSeconds,
  type QuarantineLease,
  type QuarantinePage,
  type QuarantineStore,
} from './quarantine-store.js';

const maxPageSize = 1_000;

/** Storage checks a lease before a condition, so a leased blob refuses its own creation in other words. */
const takenCodes: ReadonlySet<string | undefined> = new Set(['BlobAlreadyExists', 'LeaseIdMissing']);

const leasedCodes: ReadonlySet<string | undefined> = new Set([
  'LeaseAlreadyPresent',
  'LeaseIsBreakingAndCannotBeAcquired',
]);

/** What is thrown about a blob that is gone is nothing. */
const unlessGone = async <T, G>(gone: G, call: () => Promise<T>): Promise<T | G> => {
  try {
    return await call();
  } catch (thrown) {
    if (isNotThere(thrown)) return gone;
    throw thrown;
  }
};

interface NewRecord {
  readonly name: string;
  readonly bytes: Buffer;
}

const create = async (
  container: ContainerClient,
  { name, bytes }: NewRecord,
  abortSignal: AbortSignal,
): Promise<void> => {
  const blobHTTPHeaders = { blobContentType: 'application/octet-stream' };
  const options = { abortSignal, blobHTTPHeaders, conditions: { ifNoneMatch: '*' } };
  const blob = container.getBlockBlobClient(name);
  try {
    await creatingContainer(container, abortSignal, () => blob.upload(bytes, bytes.length, options));
  } catch (thrown) {
    if (!takenCodes.has(storageErrorCode(thrown))) throw thrown;
  }
};

const list = (
  container: ContainerClient,
  from: string | undefined,
  abortSignal: AbortSignal,
): Promise<QuarantinePage> =>
  unlessGone<QuarantinePage, QuarantinePage>({ entries: [] }, async () => {
    const pages = container
      .listBlobsFlat({ abortSignal })
      .byPage({ maxPageSize, ...(from !== undefined && { continuationToken: from }) });
    for await (const { segment, continuationToken } of pages) {
      const entries = segment.blobItems.flatMap(
        ({ name, properties }) => entryOf(name, properties.contentLength ?? 0) ?? [],
      );
      return { entries, ...(continuationToken && { next: continuationToken }) };
    }
    return { entries: [] };
  });

const lease = async (
  container: ContainerClient,
  name: string,
  abortSignal: AbortSignal,
): Promise<QuarantineLease | 'taken' | 'gone'> => {
  const client = container.getBlobClient(name).getBlobLeaseClient();
  try {
    await client.acquireLease(leaseSeconds, { abortSignal });
    return { name, leaseId: client.leaseId };
  } catch (thrown) {
    if (isNotThere(thrown)) return 'gone';
    if (leasedCodes.has(storageErrorCode(thrown))) return 'taken';
    throw thrown;
  }
};

const read = (container: ContainerClient, name: string, abortSignal: AbortSignal): Promise<Buffer | 'gone'> =>
  unlessGone('gone' as const, async () => {
    const response = await container.getBlobClient(name).download(0, undefined, { abortSignal });
    return collectBody(response.readableStreamBody, response.contentLength ?? 0);
  });

const remove = (
  container: ContainerClient,
  { name, leaseId }: QuarantineLease,
  abortSignal: AbortSignal,
): Promise<void> =>
  unlessGone(undefined, async () => {
    await container.getBlobClient(name).delete({ abortSignal, conditions: { leaseId } });
  });

/** Quarantine on Blob Storage, in a container of its own. The lease is the blob's, kept by storage and its clock. */
export const createBlobQuarantineStore = (records: ContainerSource): QuarantineStore => ({
  create: (name, bytes, signal) =>
    inContainer(records, signal, (container) => create(container, { name, bytes }, signal)),
  list: (from, signal) => inContainer(records, signal, (container) => list(container, from, signal)),
  lease: (name, signal) => inContainer(records, signal, (container) => lease(container, name, signal)),
  read: (name, signal) => inContainer(records, signal, (container) => read(container, name, signal)),
  release: ({ name, leaseId }, signal) =>
    inContainer(records, signal, async (container) => {
      await container.getBlobClient(name).getBlobLeaseClient(leaseId).releaseLease({ abortSignal: signal });
    }),
  remove: (held, signal) => inContainer(records, signal, (container) => remove(container, held, signal)),
  putAside: (held, bytes, signal) =>
    inContainer(records, signal, async (container) => {
      await create(container, { name: `${asidePrefix}${held.name}`, bytes }, signal);
      await remove(container, held, signal);
    }),
});
