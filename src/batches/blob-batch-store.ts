import type { ContainerClient } from '@azure/storage-blob';
import { type ContainerSource, creatingContainer, inContainer } from '../archive/blob-container.js';
import { isNotThere, isTaken } from '../archive/classify-archive-error.js';
import { collectBody } from '../archive/one-blob.js';
import type { EncodedBatch } from './batch.js';
import type { BatchStore, PendingBatch } from './batch-store.js';

/** What is not shown now comes when these are done. */
const mostListed = 100;

/** What is thrown about a blob that is gone is nothing. */
const unlessGone = async <T>(gone: T, call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (thrown) {
    if (isNotThere(thrown)) return gone;
    throw thrown;
  }
};

const create = async (
  container: ContainerClient,
  { name, bytes, left }: EncodedBatch,
  abortSignal: AbortSignal,
): Promise<void> => {
  const blob = container.getBlockBlobClient(name);
  const options = {
    abortSignal,
    blobHTTPHeaders: { blobContentType: 'application/octet-stream' },
    conditions: { ifNoneMatch: '*' },
    ...(left !== undefined && { metadata: { left } }),
  };
  try {
    await creatingContainer(container, abortSignal, () => blob.upload(bytes, bytes.length, options));
  } catch (thrown) {
    if (!isTaken(thrown)) throw thrown;
  }
};

const list = (container: ContainerClient, abortSignal: AbortSignal): Promise<readonly PendingBatch[]> =>
  unlessGone<readonly PendingBatch[]>([], async () => {
    const pages = container.listBlobsFlat({ includeMetadata: true, abortSignal }).byPage({ maxPageSize: mostListed });
    for await (const { segment } of pages) {
      return segment.blobItems.map(({ name, metadata }) => {
        const left = metadata?.['left'];
        return { name, ...(left !== undefined && { left }) };
      });
    }
    return [];
  });

const read = (container: ContainerClient, name: string, abortSignal: AbortSignal): Promise<Buffer | 'gone'> =>
  unlessGone<Buffer | 'gone'>('gone', async () => {
    const response = await container.getBlockBlobClient(name).download(0, undefined, { abortSignal });
    return collectBody(response.readableStreamBody, response.contentLength ?? 0);
  });

/** Batches on Blob Storage, a blob each; what is left of one is its metadata. An abort ends every call at once. */
export const createBlobBatchStore = (source: ContainerSource): BatchStore => ({
  create: (batch, signal) => inContainer(source, signal, (container) => create(container, batch, signal)),
  list: (signal) => inContainer(source, signal, (container) => list(container, signal)),
  read: (name, signal) => inContainer(source, signal, (container) => read(container, name, signal)),
  saveLeft: (name, left, abortSignal) =>
    inContainer(source, abortSignal, (container) =>
      unlessGone(
        undefined,
        async () => void (await container.getBlobClient(name).setMetadata({ left }, { abortSignal })),
      ),
    ),
  remove: (name, abortSignal) =>
    inContainer(source, abortSignal, (container) =>
      unlessGone(undefined, async () => void (await container.getBlobClient(name).delete({ abortSignal }))),
    ),
});
