import { type ContainerSource, creatingContainer, inContainer } from '../archive/blob-container.js';
import { isNotThere, storageErrorCode } from '../archive/classify-archive-error.js';
import { collectBody } from '../archive/one-blob.js';
import type { SharedStateStore } from './shared-state-store.js';

/** Beside the records of the outbox, whose names begin with their year. */
export const sharedStateBlobName = 'circuit-breakers.json';

/** Of what is longer no more is read: it is not ours. */
const mostBytes = 262_144;

const isUnchanged = (thrown: unknown): boolean =>
  typeof thrown === 'object' && thrown !== null && 'statusCode' in thrown && thrown.statusCode === 304;

/** Not one that somebody holds a lease on, or that a policy protects: reading it again would change nothing. */
const isChanged = (thrown: unknown): boolean =>
  ['ConditionNotMet', 'BlobAlreadyExists'].includes(storageErrorCode(thrown) ?? '');

const nothing = Buffer.alloc(0);

/** One blob, whose ETag is its version. An unchanged one is answered without its body (304). */
export const createBlobSharedStateStore = (
  source: ContainerSource,
  name: string = sharedStateBlobName,
): SharedStateStore => ({
  read: (known, abortSignal) =>
    inContainer(source, abortSignal, async (container) => {
      const conditions = known === undefined ? {} : { ifNoneMatch: known };
      const blob = container.getBlockBlobClient(name);
      try {
        const response = await blob.download(0, mostBytes, { abortSignal, conditions });
        const { etag: version = '', date, lastModified = date } = response;
        const json = await collectBody(response.readableStreamBody, response.contentLength ?? 0);
        const ageMs = date === undefined || lastModified === undefined ? 0 : date.getTime() - lastModified.getTime();
        return { version, json, ageMs: Math.max(0, ageMs) };
      } catch (thrown) {
        if (isUnchanged(thrown)) return 'unchanged';
        if (isNotThere(thrown)) return 'absent';
        if (storageErrorCode(thrown) !== 'InvalidRange') throw thrown;
        // It is empty.
        const { etag: version = '' } = await blob.getProperties({ abortSignal });
        return { version, json: nothing, ageMs: 0 };
      }
    }),
  write: (json, replaces, abortSignal) =>
    inContainer(source, abortSignal, async (container) => {
      const conditions = replaces === undefined ? { ifNoneMatch: '*' } : { ifMatch: replaces };
      const options = { abortSignal, conditions, blobHTTPHeaders: { blobContentType: 'application/json' } };
      try {
        const written = await creatingContainer(container, abortSignal, () =>
          container.getBlockBlobClient(name).upload(json, json.length, options),
        );
        return written.etag ?? 'conflict';
      } catch (thrown) {
        // One that was deleted meanwhile is read again as well.
        if (isChanged(thrown) || isNotThere(thrown)) return 'conflict';
        throw thrown;
      }
    }),
});
