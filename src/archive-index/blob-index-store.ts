import type { ContainerClient } from '@azure/storage-blob';
import { type ContainerSource, creatingContainer, inContainer } from '../archive/blob-container.js';
import { isNotThere, isTaken } from '../archive/classify-archive-error.js';
import { collectBody } from '../archive/one-blob.js';
import type { IndexPage, IndexStart, IndexStore } from './index-store.js';

/** Named in `infra/modules/archive-storage.bicep`, whose rule ends what lies here. Never the beginning of an outbox record. */
const folder = 'archived/';
/** Names on a page. The newest deliveries fit a short first page, and the SDK spends more time on each name than storage does. */
const pageSizes = { first: 64, further: 256 } as const;

const write = async (
  container: ContainerClient,
  { name, bytes }: { readonly name: string; readonly bytes: Buffer },
  abortSignal: AbortSignal,
): Promise<void> => {
  const blob = container.getBlockBlobClient(`${folder}${name}`);
  const options = { abortSignal, conditions: { ifNoneMatch: '*' } };
  try {
    await creatingContainer(container, abortSignal, () => blob.upload(bytes, bytes.length, options));
  } catch (thrown) {
    if (!isTaken(thrown)) throw thrown;
  }
};

const list = async (container: ContainerClient, start: IndexStart, abortSignal: AbortSignal): Promise<IndexPage> => {
  // A service that does not know `startFrom` answers from the beginning, and the reader passes over what comes before.
  const from = 'name' in start ? { startFrom: `${folder}${start.name}` } : {};
  const page =
    'next' in start
      ? { maxPageSize: pageSizes.further, continuationToken: start.next }
      : { maxPageSize: pageSizes.first };
  const pages = container.listBlobsFlat({ prefix: folder, abortSignal, ...from }).byPage(page);
  try {
    for await (const { segment, continuationToken } of pages) {
      const names = segment.blobItems.map(({ name }) => name.slice(folder.length));
      return { names, ...(continuationToken && { next: continuationToken }) };
    }
  } catch (thrown) {
    if (!isNotThere(thrown)) throw thrown;
  }
  return { names: [] };
};

const read = async (container: ContainerClient, name: string, abortSignal: AbortSignal): Promise<Buffer> => {
  try {
    const response = await container.getBlobClient(`${folder}${name}`).download(0, undefined, { abortSignal });
    return await collectBody(response.readableStreamBody, response.contentLength ?? 0);
  } catch (thrown) {
    if (isNotThere(thrown)) return Buffer.alloc(0);
    throw thrown;
  }
};

/** The index on Blob Storage, beside the outbox. */
export const createBlobIndexStore = (source: ContainerSource): IndexStore => ({
  write: (name, bytes, signal) => inContainer(source, signal, (container) => write(container, { name, bytes }, signal)),
  list: (start, signal) => inContainer(source, signal, (container) => list(container, start, signal)),
  read: (name, signal) => inContainer(source, signal, (container) => read(container, name, signal)),
});
