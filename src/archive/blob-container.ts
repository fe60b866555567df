import type { ContainerClient } from '@azure/storage-blob';
import { stopOnAbort } from '../time/clock.js';
import { ArchiveError } from './archive-error.js';
import { archiveAborted, storageErrorCode, toArchiveError } from './classify-archive-error.js';

/** A blob to create where none exists yet. */
export interface NewBlob {
  readonly name: string;
  readonly body: Buffer;
  readonly contentType: string;
  /** Names and values as HTTP headers take them. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Creates a blob, and never replaces one. Returns its URL, without a query. Throws what the SDK throws. */
export type MakeBlob = (container: ContainerClient, blob: NewBlob, signal: AbortSignal) => Promise<string>;

/** A URL with a query may carry a SAS token; URLs that are logged or sent have no query. */
export const withoutQuery = (url: string): string => url.split('?', 1)[0] ?? url;

/** The container's client, or how to get it: it is made at the first use. */
export type ContainerSource = ContainerClient | (() => ContainerClient | Promise<ContainerClient>);

/** Runs `work` on the container, and ends at once with the abort. Throws `ArchiveError` and nothing else. */
export const inContainer = async <T>(
  source: ContainerSource,
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

/** Identities that may only write blobs cannot make the container: then it is simply missing. */
const createContainer = async (container: ContainerClient, abortSignal: AbortSignal): Promise<void> => {
  try {
    await container.createIfNotExists({ abortSignal });
  } catch (thrown) {
    const error = toArchiveError(thrown);
    if (error.code !== 'unauthorized') throw error;
    throw new ArchiveError('container-missing', 'The container does not exist, nor may we make it', { cause: thrown });
  }
};

/** Runs `write`; when the container is missing, makes it and runs `write` once more. */
export const creatingContainer = async <T>(
  container: ContainerClient,
  signal: AbortSignal,
  write: () => Promise<T>,
): Promise<T> => {
  try {
    return await write();
  } catch (thrown) {
    if (storageErrorCode(thrown) !== 'ContainerNotFound') throw thrown;
    await createContainer(container, signal);
    return await write();
  }
};
