import { ArchiveError } from './archive-error.js';
import { type ContainerSource, creatingContainer, inContainer } from './blob-container.js';
import { isNotThere } from './classify-archive-error.js';

/** All of a download; a stream that ends early is a fault of the service. */
export const collectBody = async (stream: NodeJS.ReadableStream | undefined, length: number): Promise<Buffer> => {
  if (stream === undefined) throw new ArchiveError('unexpected', 'Blob Storage sent no body');
  const body = Buffer.alloc(length);
  let filled = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
    filled += bytes.copy(body, filled);
  }
  if (filled !== length) throw new ArchiveError('unavailable', 'Blob Storage sent less than the whole payload');
  return body;
};

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
