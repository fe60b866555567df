import type { ContainerClient } from '@azure/storage-blob';
import * as z from 'zod/mini';
import { type ContainerSource, creatingContainer, inContainer } from '../archive/blob-container.js';
import { isTaken, storageErrorCode } from '../archive/classify-archive-error.js';
import { collectBody } from '../archive/one-blob.js';
import { parseJson } from '../text/text.js';
import type { ReconcileState, ReconcileStore } from './reconcile-store.js';

const leaseSeconds = 60;

/** No later than a date can be. */
const moment = z.number().check(z.gte(0), z.lte(8.64e15));

const hookSchema = z.object({
  readThroughMs: moment,
  missed: z.array(
    z.object({
      deliveryId: z.string(),
      attemptId: z.string(),
      event: z.string(),
      firstAtMs: moment,
      lastAtMs: moment,
      asked: z.number().check(z.gte(0)),
      askedAtMs: z.optional(moment),
    }),
  ),
  unfinished: z.optional(z.object({ next: z.string(), newestMs: moment, succeeded: z.array(z.string()) })),
});

const hooksSchema = z.record(z.string(), z.unknown());

/** What is absent stays absent: the schema's optional members and ours are the same. A damaged hook state does not affect the others. */
const decode = (bytes: Buffer): ReconcileState => {
  const hooks = Object.entries(hooksSchema.safeParse(parseJson(bytes)).data ?? {}).flatMap(([hook, value]) => {
    const { data } = hookSchema.safeParse(value);
    return data === undefined ? [] : [[hook, data] as const];
  });
  return Object.fromEntries(hooks) satisfies unknown as ReconcileState;
};

/** The state as one blob, which its lease holder alone replaces. */
export const createBlobReconcileStore = (source: ContainerSource, name: string): ReconcileStore => {
  const within = <T>(signal: AbortSignal, work: (container: ContainerClient) => Promise<T>): Promise<T> =>
    inContainer(source, signal, work);

  const ensure = async (container: ContainerClient, abortSignal: AbortSignal): Promise<void> => {
    const options = { abortSignal, conditions: { ifNoneMatch: '*' } };
    try {
      await creatingContainer(container, abortSignal, () =>
        container.getBlockBlobClient(name).upload('{}', 2, options),
      );
    } catch (thrown) {
      if (!isTaken(thrown)) throw thrown;
    }
  };

  return {
    acquire: (signal) =>
      within(signal, async (container) => {
        await ensure(container, signal);
        const blob = container.getBlockBlobClient(name);
        const client = blob.getBlobLeaseClient();
        try {
          await client.acquireLease(leaseSeconds, { abortSignal: signal });
        } catch (thrown) {
          if (storageErrorCode(thrown) === 'LeaseAlreadyPresent') return 'taken';
          throw thrown;
        }
        const response = await blob.download(0, undefined, { abortSignal: signal });
        const bytes = await collectBody(response.readableStreamBody, response.contentLength ?? 0);
        return { leaseId: client.leaseId, state: decode(bytes) };
      }),
    save: (leaseId, state, abortSignal) =>
      within(abortSignal, async (container) => {
        const body = Buffer.from(JSON.stringify(state));
        const options = {
          abortSignal,
          conditions: { leaseId },
          blobHTTPHeaders: { blobContentType: 'application/json' },
        };
        await container.getBlockBlobClient(name).upload(body, body.length, options);
      }),
    release: (leaseId, abortSignal) =>
      within(abortSignal, async (container) => {
        await container.getBlobClient(name).getBlobLeaseClient(leaseId).releaseLease({ abortSignal });
      }),
  };
};
