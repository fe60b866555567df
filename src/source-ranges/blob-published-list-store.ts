import type { ContainerClient } from '@azure/storage-blob';
import { type ContainerSource, collectBody, creatingContainer, isNotThere } from '../archive/blob-container.js';
import { stopOnAbort } from '../archive/stop-on-abort.js';
import { archiveAborted, toArchiveError } from '../archive/to-archive-error.js';
import { decodePublishedList, encodePublishedList, type PublishedList } from './published-list.js';
import type { PublishedListStore } from './published-list-store.js';

const jsonType = { blobContentType: 'application/json' } as const;

const read = async (
  container: ContainerClient,
  name: string,
  abortSignal: AbortSignal,
): Promise<PublishedList | undefined> => {
  try {
    const response = await container.getBlockBlobClient(name).download(0, undefined, { abortSignal });
    return decodePublishedList(await collectBody(response.readableStreamBody, response.contentLength ?? 0));
  } catch (thrown) {
    if (isNotThere(thrown)) return undefined;
    throw thrown;
  }
};

/** The list as one blob, which each write replaces. An abort ends every call at once. */
export const createBlobPublishedListStore = (source: ContainerSource, name: string): PublishedListStore => {
  const withContainer = async <T>(
    signal: AbortSignal,
    work: (container: ContainerClient) => Promise<T>,
  ): Promise<T> => {
    try {
      return await stopOnAbort(signal, archiveAborted, async () =>
        work(typeof source === 'function' ? await source() : source),
      );
    } catch (thrown) {
      throw toArchiveError(thrown);
    }
  };
  return {
    read: (signal) => withContainer(signal, (container) => read(container, name, signal)),
    write: (list, abortSignal) =>
      withContainer(abortSignal, async (container) => {
        const body = encodePublishedList(list);
        const options = { abortSignal, blobHTTPHeaders: jsonType };
        const blob = container.getBlockBlobClient(name);
        await creatingContainer(container, abortSignal, () => blob.upload(body, body.length, options));
      }),
  };
};
