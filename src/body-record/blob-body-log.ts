import type { ContainerClient } from '@azure/storage-blob';
import { type ContainerSource, creatingContainer, inContainer } from '../archive/blob-container.js';
import { isNotThere } from '../archive/classify-archive-error.js';
import { collectBody } from '../archive/one-blob.js';
import type { BodyLog, LogPart } from './body-log.js';

const folder = 'seen-bodies/';

const append = async (
  container: ContainerClient,
  { name, bytes }: { readonly name: string; readonly bytes: Buffer },
  abortSignal: AbortSignal,
): Promise<void> => {
  const blob = container.getAppendBlobClient(name);
  try {
    await blob.appendBlock(bytes, bytes.length, { abortSignal });
  } catch (thrown) {
    if (!isNotThere(thrown)) throw thrown;
    await creatingContainer(container, abortSignal, () => blob.createIfNotExists({ abortSignal }));
    await blob.appendBlock(bytes, bytes.length, { abortSignal });
  }
};

/** The day is the first in a name, so that one listing, from the oldest day on, shows all. */
const list = async (
  container: ContainerClient,
  { days, own }: { readonly days: readonly string[]; readonly own: string },
  abortSignal: AbortSignal,
): Promise<readonly LogPart[]> => {
  const parts: LogPart[] = [];
  // A service that does not know `startFrom` answers from the beginning.
  const startFrom = `${folder}${days.toSorted()[0] ?? ''}`;
  try {
    for await (const { name, properties } of container.listBlobsFlat({ prefix: folder, startFrom, abortSignal })) {
      const day = name.slice(folder.length).split('/')[0] ?? '';
      if (days.includes(day) && !name.endsWith(`/${own}`))
        parts.push({ name, day, size: properties.contentLength ?? 0 });
    }
  } catch (thrown) {
    if (!isNotThere(thrown)) throw thrown;
  }
  return parts;
};

const read = async (
  container: ContainerClient,
  { name, from }: { readonly name: string; readonly from: number },
  abortSignal: AbortSignal,
): Promise<Buffer> => {
  try {
    const response = await container.getAppendBlobClient(name).download(from, undefined, { abortSignal });
    return await collectBody(response.readableStreamBody, response.contentLength ?? 0);
  } catch (thrown) {
    if (isNotThere(thrown)) return Buffer.alloc(0);
    throw thrown;
  }
};

/**
 * Append blobs, `seen-bodies/{day}/{writer}.bin`. `writer` is this process's own name, so that nobody else ever appends to what
 * it wrote. Parts are removed by the container's lifecycle rule.
 */
export const createBlobBodyLog = (source: ContainerSource, writer: string): BodyLog => {
  const own = `${writer.replace(/[^A-Za-z0-9-]/g, '-')}.bin`;
  return {
    append: (day, bytes, signal) =>
      inContainer(source, signal, (container) => append(container, { name: `${folder}${day}/${own}`, bytes }, signal)),
    list: (days, signal) => inContainer(source, signal, (container) => list(container, { days, own }, signal)),
    read: (name, from, signal) => inContainer(source, signal, (container) => read(container, { name, from }, signal)),
  };
};
