import { type ContainerSource, collectBody, creatingContainer, inContainer, isNotThere } from './blob-container.js';

/** One small JSON blob that every instance reads, and each write replaces. Throws `ArchiveError` and nothing else. */
export interface OneBlob {
  /** `undefined`: it was never written. */
  read(signal: AbortSignal): Promise<Buffer | undefined>;
  write(json: Buffer, signal: AbortSignal): Promise<void>;
}

const blobHTTPHeaders = { blobContentType: 'application/json' } as const;

/** An abort ends every call at once. */
export const createOneBlob = (source: ContainerSource, name: string): OneBlob => ({
  read: (abortSignal) =>
    inContainer(source, abortSignal, async (container) => {
      try {
        const response = await container.getBlockBlobClient(name).download(0, undefined, { abortSignal });
        return await collectBody(response.readableStreamBody, response.contentLength ?? 0);
      } catch (thrown) {
        if (isNotThere(thrown)) return undefined;
        throw thrown;
      }
    }),
  write: (json, abortSignal) =>
    inContainer(source, abortSignal, async (container) => {
      const blob = container.getBlockBlobClient(name);
      const options = { abortSignal, blobHTTPHeaders };
      await creatingContainer(container, abortSignal, () => blob.upload(json, json.length, options));
    }),
});
