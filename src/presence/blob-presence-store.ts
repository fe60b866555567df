import type { BlobItem, ContainerClient } from '@azure/storage-blob';
import { type ContainerSource, creatingContainer, inContainer } from '../archive/blob-container.js';
import { isNotThere, storageErrorCode } from '../archive/classify-archive-error.js';
import {
  type AbandonedNote,
  type PresenceLease,
  type PresenceList,
  type PresenceNote,
  type PresenceStore,
  presenceSeconds,
} from './presence-store.js';

/** Beside the records of the outbox, whose names begin with their year. */
const folder = 'instances/';

/** Another has the lease, or had it meanwhile. */
const lostCodes: ReadonlySet<string | undefined> = new Set([
  'LeaseIdMismatchWithLeaseOperation',
  'LeaseIdMismatchWithBlobOperation',
  'LeaseNotPresentWithLeaseOperation',
  'LeaseNotPresentWithBlobOperation',
  'LeaseIsBrokenAndCannotBeRenewed',
  'LeaseIsBreakingAndCannotBeAcquired',
  'LeaseAlreadyPresent',
  'LeaseLost',
  'LeaseIdMissing',
  'ConditionNotMet',
]);

const isLost = (thrown: unknown): boolean => isNotThere(thrown) || lostCodes.has(storageErrorCode(thrown));

const metadataOf = ({ process, since }: PresenceNote) => ({ process, since });

const announce = async (
  container: ContainerClient,
  { name, note }: { readonly name: string; readonly note: PresenceNote },
  abortSignal: AbortSignal,
): Promise<PresenceLease> => {
  const blob = container.getBlockBlobClient(`${folder}${name}`);
  const options = { abortSignal, metadata: metadataOf(note) };
  await creatingContainer(container, abortSignal, () => blob.upload('', 0, options));
  const client = blob.getBlobLeaseClient();
  await client.acquireLease(presenceSeconds, { abortSignal });
  return { name: blob.name, leaseId: client.leaseId };
};

const noteIn = ({ metadata = {} }: BlobItem): PresenceNote | undefined => {
  const { process, since = '' } = metadata;
  return process === undefined || Number.isNaN(Date.parse(since)) ? undefined : { process, since };
};

const list = async (container: ContainerClient, abortSignal: AbortSignal): Promise<PresenceList> => {
  const held: PresenceNote[] = [];
  const abandoned: AbandonedNote[] = [];
  try {
    for await (const item of container.listBlobsFlat({ prefix: folder, includeMetadata: true, abortSignal })) {
      const note = noteIn(item);
      if (note === undefined) continue;
      if (item.properties.leaseStatus === 'locked') held.push(note);
      else abandoned.push({ name: item.name, version: item.properties.etag, note });
    }
  } catch (thrown) {
    if (!isNotThere(thrown)) throw thrown;
  }
  return { held, abandoned };
};

const unlessLost = async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
  try {
    return await work();
  } catch (thrown) {
    if (isLost(thrown)) return otherwise;
    throw thrown;
  }
};

/** Notes as empty blobs, `instances/{name}`, that say in their metadata what is to be known, so that one listing shows all. */
export const createBlobPresenceStore = (source: ContainerSource): PresenceStore => ({
  announce: (name, note, signal) =>
    inContainer(source, signal, (container) => announce(container, { name, note }, signal)),
  renew: ({ name, leaseId }, note, signal) =>
    inContainer(source, signal, (container) =>
      unlessLost<'renewed' | 'lost'>(async () => {
        const blob = container.getBlobClient(name);
        await blob.getBlobLeaseClient(leaseId).renewLease({ abortSignal: signal });
        const options = { abortSignal: signal, conditions: { leaseId } };
        if (note !== undefined) await blob.setMetadata(metadataOf(note), options);
        return 'renewed';
      }, 'lost'),
    ),
  release: ({ name, leaseId }, signal) =>
    inContainer(source, signal, (container) =>
      unlessLost(async () => {
        await container.getBlobClient(name).getBlobLeaseClient(leaseId).releaseLease({ abortSignal: signal });
      }, undefined),
    ),
  remove: ({ name, leaseId }, signal) =>
    inContainer(source, signal, (container) =>
      unlessLost(async () => {
        await container.getBlobClient(name).delete({ abortSignal: signal, conditions: { leaseId } });
      }, undefined),
    ),
  list: (signal) => inContainer(source, signal, (container) => list(container, signal)),
  take: ({ name, version }, signal) =>
    inContainer(source, signal, (container) =>
      unlessLost<PresenceLease | 'taken'>(async () => {
        const client = container.getBlobClient(name).getBlobLeaseClient();
        await client.acquireLease(presenceSeconds, { abortSignal: signal, conditions: { ifMatch: version } });
        return { name, leaseId: client.leaseId };
      }, 'taken'),
    ),
});
