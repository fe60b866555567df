import type { ContainerClient } from '@azure/storage-blob';
import {
  type ContainerSource,
  collectBody,
  creatingContainer,
  inContainer,
  isNotThere,
} from '../archive/blob-container.js';
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
  return {
    read: (signal) => inContainer(source, signal, (container) => read(container, name, signal)),
    write: (list, abortSignal) =>
      inContainer(source, abortSignal, async (container) => {
        const body = encodePublishedList(list);
        const options = { abortSignal, blobHTTPHeaders: jsonType };
        const blob = container.getBlockBlobClient(name);
        await creatingContainer(container, abortSignal, () => blob.upload(body, body.length, options));
      }),
  };
};
