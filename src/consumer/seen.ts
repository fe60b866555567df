import { createHash } from 'node:crypto';

/** What a bot has worked on, by idempotency key, for as long as it wants to know. */
export interface Seen {
  has(key: string): Promise<boolean>;
  /** Harmless to repeat. */
  add(key: string): Promise<void>;
}

/** As much of a `ContainerClient` of `@azure/storage-blob` as is used. */
export interface SeenContainer {
  getBlockBlobClient(name: string): {
    exists(): Promise<boolean>;
    upload(body: string, contentLength: number): Promise<unknown>;
  };
}

/**
 * Remembers in a container of Blob Storage that exists: one small blob for each key, `seen/<SHA-256>`. A lifecycle rule of the storage
 * account makes it forget. Throws what the container throws.
 */
export const createBlobSeen = (container: SeenContainer): Seen => {
  const blobOf = (key: string) =>
    container.getBlockBlobClient(`seen/${createHash('sha256').update(key).digest('hex')}`);
  return {
    has: (key) => blobOf(key).exists(),
    add: async (key) => void (await blobOf(key).upload(key, Buffer.byteLength(key))),
  };
};

/**
 * Does the work unless it has been done, and remembers it afterwards: a bot that dies between the two does it again. Answers whether
 * it was done now. Throws what the work or `seen` throws.
 */
export const unlessSeen = async (seen: Seen, key: string, work: () => Promise<void>): Promise<boolean> => {
  if (await seen.has(key)) return false;
  await work();
  await seen.add(key);
  return true;
};
