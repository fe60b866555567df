import { ArchiveError, type ArchiveErrorCode } from '../../../src/archive/archive-error.js';
import { archiveName, conflictName, decodeMetadata, encodeMetadata } from '../../../src/archive/blob-form.js';
import { archiveAborted } from '../../../src/archive/classify-archive-error.js';
import {
  type ArchivedPayload,
  type ArchiveEntry,
  isSamePut,
  type PayloadArchive,
  type PayloadToArchive,
  type StoredPayload,
} from '../../../src/archive/payload-archive.js';
import { stopOnAbort } from '../../../src/time/clock.js';

/** What a switched fault does to a call: fails at once with a code, or stays silent until the caller gives up. */
export type ArchiveFault = { readonly kind: 'error'; readonly code: ArchiveErrorCode } | { readonly kind: 'hang' };

/** The archive port in memory, with what a test needs to look inside and to make it fail. */
export interface MemoryPayloadArchive extends PayloadArchive {
  /** Names of what is stored, in the order of arrival. */
  names(): readonly string[];
  /** Switches a fault of every call; `undefined` ends it. */
  setFault(fault: ArchiveFault | undefined): void;
}

/** `pageSize`: names on one page of a listing. */
export interface MemoryArchiveOptions {
  readonly pageSize?: number;
}

const urlOf = (name: string): string => `memory://webhook-payloads/${name}`;

const entryOf = (name: string, stored: StoredPayload | undefined): ArchiveEntry => ({
  name,
  url: urlOf(name),
  size: stored?.body.length ?? 0,
  contentType: stored?.contentType ?? '',
  metadata: stored?.metadata ?? {},
});

/** An archive in memory: creates, never overwrites, tells duplicates from conflicts by hash. */
export const createMemoryPayloadArchive = ({ pageSize = 5_000 }: MemoryArchiveOptions = {}): MemoryPayloadArchive => {
  const blobs = new Map<string, StoredPayload>();
  let current: ArchiveFault | undefined;

  const guarded = <T>(signal: AbortSignal, work: () => T): Promise<T> =>
    stopOnAbort(signal, archiveAborted, async () => {
      if (current?.kind === 'hang') await new Promise<never>(() => {});
      if (current?.kind === 'error') throw new ArchiveError(current.code, `Fails on purpose: ${current.code}`);
      return work();
    });

  const putAt = (name: string, payload: PayloadToArchive): Pick<ArchivedPayload, 'duplicate'> | 'other-bytes' => {
    const stored = blobs.get(name);
    if (stored !== undefined) {
      if (stored.metadata['sha256'] !== payload.sha256) return 'other-bytes';
      return { duplicate: !isSamePut(stored.metadata, payload) };
    }
    const metadata = decodeMetadata(encodeMetadata(payload));
    blobs.set(name, { body: Buffer.from(payload.body), contentType: payload.contentType, metadata });
    return { duplicate: false };
  };

  return {
    put: (payload, signal) =>
      guarded(signal, () => {
        const name = archiveName(payload.attributes);
        const first = putAt(name, payload);
        if (first !== 'other-bytes') return { name, url: urlOf(name), conflict: false, ...first };
        const beside = conflictName(payload.attributes, payload.sha256);
        const second = putAt(beside, payload);
        const duplicate = second !== 'other-bytes' && second.duplicate;
        return { name: beside, url: urlOf(beside), conflict: true, duplicate };
      }),
    read: (name, signal) => guarded(signal, () => blobs.get(name)),
    list: (prefix, from, signal) =>
      guarded(signal, () => {
        const names = [...blobs.keys()].toSorted().filter((name) => name.startsWith(prefix) && name >= (from ?? ''));
        const next = names[pageSize];
        const entries = names.slice(0, pageSize).map((name) => entryOf(name, blobs.get(name)));
        return { entries, ...(next !== undefined && { next }) };
      }),
    names: () => [...blobs.keys()],
    setFault: (fault) => {
      current = fault;
    },
  };
};
