import type { ContainerClient } from '@azure/storage-blob';
import { ArchiveError } from './archive-error.js';
import { type ContainerSource, creatingContainer, inContainer, type MakeBlob, withoutQuery } from './blob-container.js';
import { archiveName, conflictName, decodeMetadata, encodeMetadata } from './blob-form.js';
import { isNotThere, isTaken } from './classify-archive-error.js';
import { collectBody } from './one-blob.js';
import {
  type ArchivedPayload,
  type ArchivePage,
  isSamePut,
  type PayloadArchive,
  type PayloadToArchive,
  type StoredPayload,
} from './payload-archive.js';

type Taken = { readonly kind: 'same-bytes'; readonly duplicate: boolean } | { readonly kind: 'other-bytes' };

/** What a put needs beside its payload. */
interface Putting {
  readonly container: ContainerClient;
  readonly makeBlob: MakeBlob;
  readonly signal: AbortSignal;
}

interface Place {
  readonly name: string;
  readonly url: string;
}

const inspect = async (
  { container, signal }: Putting,
  payload: PayloadToArchive,
  name: string,
): Promise<Place & Taken> => {
  const blob = container.getBlobClient(name);
  const stored = decodeMetadata((await blob.getProperties({ abortSignal: signal })).metadata ?? {});
  const place = { name, url: withoutQuery(blob.url) };
  if (stored['sha256'] !== payload.sha256) return { ...place, kind: 'other-bytes' };
  return { ...place, kind: 'same-bytes', duplicate: !isSamePut(stored, payload) };
};

/** Uploads unless the name is taken; then says by whom. */
const create = async (
  putting: Putting,
  payload: PayloadToArchive,
  name: string,
): Promise<Place & (Taken | { readonly kind: 'created' })> => {
  const { container, makeBlob, signal } = putting;
  const { body, contentType } = payload;
  try {
    const url = await makeBlob(container, { name, body, contentType, metadata: encodeMetadata(payload) }, signal);
    return { kind: 'created', name, url };
  } catch (thrown) {
    if (!isTaken(thrown)) throw thrown;
    return inspect(putting, payload, name);
  }
};

const put = async (putting: Putting, payload: PayloadToArchive): Promise<ArchivedPayload> => {
  const first = await create(putting, payload, archiveName(payload.attributes));
  if (first.kind !== 'other-bytes') return archivedAt(first, { conflict: false });
  const second = await create(putting, payload, conflictName(payload.attributes, payload.sha256));
  if (second.kind === 'other-bytes') throw new ArchiveError('refused', 'The place beside the taken name is taken too');
  return archivedAt(second, { conflict: true });
};

const archivedAt = (
  made: Place & ({ readonly kind: 'created' } | { readonly kind: 'same-bytes'; readonly duplicate: boolean }),
  { conflict }: Pick<ArchivedPayload, 'conflict'>,
): ArchivedPayload => ({
  name: made.name,
  url: made.url,
  conflict,
  duplicate: made.kind === 'same-bytes' && made.duplicate,
});

const read = async (
  container: ContainerClient,
  name: string,
  abortSignal: AbortSignal,
): Promise<StoredPayload | undefined> => {
  try {
    const response = await container.getBlockBlobClient(name).download(0, undefined, { abortSignal });
    const { readableStreamBody, contentLength = 0, contentType = '', metadata = {} } = response;
    const body = await collectBody(readableStreamBody, contentLength);
    return { body, contentType, metadata: decodeMetadata(metadata) };
  } catch (thrown) {
    if (isNotThere(thrown)) return undefined;
    throw thrown;
  }
};

const maxPageSize = 5_000;

const list = async (
  container: ContainerClient,
  { prefix, from }: { readonly prefix: string; readonly from: string | undefined },
  abortSignal: AbortSignal,
): Promise<ArchivePage> => {
  const pages = container
    .listBlobsFlat({ prefix, includeMetadata: true, abortSignal })
    .byPage({ maxPageSize, ...(from !== undefined && { continuationToken: from }) });
  try {
    for await (const { segment, continuationToken } of pages) {
      const entries = segment.blobItems.map(({ name, metadata = {}, properties }) => ({
        name,
        url: withoutQuery(container.getBlobClient(name).url),
        size: properties.contentLength ?? 0,
        contentType: properties.contentType ?? '',
        metadata: decodeMetadata(metadata),
      }));
      return { entries, ...(continuationToken && { next: continuationToken }) };
    }
  } catch (thrown) {
    if (!isNotThere(thrown)) throw thrown;
  }
  return { entries: [] };
};

/**
 * The archive on Blob Storage. Create-only, so repeating a put is harmless; how often a call is tried again is decided
 * where the clients are made. Throws `ArchiveError` and nothing else; an abort ends every call at once.
 */
export const createBlobPayloadArchive = (source: ContainerSource, makeBlob: MakeBlob): PayloadArchive => ({
  put: (payload, signal) =>
    inContainer(source, signal, (container) =>
      creatingContainer(container, signal, () => put({ container, makeBlob, signal }, payload)),
    ),
  read: (name, signal) => inContainer(source, signal, (container) => read(container, name, signal)),
  list: (prefix, from, signal) => inContainer(source, signal, (container) => list(container, { prefix, from }, signal)),
});
