import type { TestProject } from 'vitest/node';
import { startBlobStorage } from '../../local/blob-storage/start-blob-storage.js';

declare module 'vitest' {
  interface ProvidedContext {
    blobConnectionString: string;
  }
}

/** One Azurite for all contract tests, each of which has containers of its own: it takes a second of computing to start. */
export const setup = async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  const storage = await startBlobStorage({ port: 0 });
  provide('blobConnectionString', storage.connectionString);
  return storage.close;
};
