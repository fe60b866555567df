import type { ContainerSource } from '../archive/blob-container.js';
import { createOneBlob } from '../archive/one-blob.js';
import { decodePublishedList, encodePublishedList, type PublishedListStore } from './published-list.js';

/** The list as one blob, which each write replaces. */
export const createBlobPublishedListStore = (source: ContainerSource, name: string): PublishedListStore => {
  const blob = createOneBlob(source, name);
  return {
    read: async (signal) => {
      const json = await blob.read(signal);
      return json && decodePublishedList(json);
    },
    write: (list, signal) => blob.write(encodePublishedList(list), signal),
  };
};
