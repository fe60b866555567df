import type { BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import { ArchiveError } from './archive-error.js';
import { decodeMetadata, encodeMetadata } from './archive-metadata.js';
import { archiveName, conflictName } from './archive-name.js';
import { type ContainerSource, collectBody, creatingContainer, inContainer, isNotThere } from './blob-container.js';
import type {
  ArchivedPayload,
  ArchivePage,
  PayloadArchive,
  PayloadToArchive,
  StoredPayload,
} from './payload-archive.js';
import { isSamePut } from './same-put.js';
import { storageErrorCode } from './to-archive-error.js';

type Taken = { readonly kind: 'same-bytes'; readonly duplicate: boolean } | { readonly kind: 'other-bytes' };

/** A URL with a query may carry a SAS token, and this one goes into messages. */
const withoutQuery = (url: string): string => url.split('?', 1)[0] ?? url;

const upload = async (blob: BlockBlobClient, payload: PayloadToArchive, abortSignal: AbortSignal): Promise<void> => {
  await blob.upload(payload.body, payload.body.byteLength, {
    abortSignal,
    conditions: { ifNoneMatch: '*' },
    blobHTTPHeaders: { blobContentType: payload.contentType },
    metadata: encodeMetadata(payload),
  });
};

const inspect = async (blob: BlockBlobClient, payload: PayloadToArchive, abortSignal: AbortSignal): Promise<Taken> => {
  const stored = decodeMetadata((await blob.getProperties({ abortSignal })).metadata ?? {});
  if (stored['sha256'] !== payload.sha256) return { kind: 'other-bytes' };
  return { kind: 'same-bytes', duplicate: !isSamePut(stored, payload) };
};

/** Uploads unless the name is taken; then says by whom. */
const create = async (
  blob: BlockBlobClient,
  payload: PayloadToArchive,
  signal: AbortSignal,
): Promise<Taken | { readonly kind: 'created' }> => {
  try {
    await upload(blob, payload, signal);
    return { kind: 'created' };
  } catch (thrown) {
    if (storageErrorCode(thrown) !== 'BlobAlreadyExists') throw thrown;
    return inspect(blob, payload, signal);
  }
};

const put = async (
  container: ContainerClient,
  payload: PayloadToArchive,
  signal: AbortSignal,
): Promise<ArchivedPayload> => {
  const name = archiveName(payload.attributes);
  const blob = container.getBlockBlobClient(name);
  const result = await create(blob, payload, signal);
  if (result.kind !== 'other-bytes') {
    return {
      name,
      url: withoutQuery(blob.url),
      conflict: false,
      duplicate: result.kind === 'same-bytes' && result.duplicate,
    };
  }
  const besideName = conflictName(payload.attributes, payload.sha256);
  const beside = container.getBlockBlobClient(besideName);
  const second = await create(beside, payload, signal);
  if (second.kind === 'other-bytes') throw new ArchiveError('refused', 'The place beside the taken name is taken too');
  return {
    name: besideName,
    url: withoutQuery(beside.url),
    conflict: true,
    duplicate: second.kind === 'same-bytes' && second.duplicate,
  };
};

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
 * The archive on Blob Storage. Create-only, so repeating a put is harmless; how often the SDK tries again is decided
 * where the client is made. Throws `ArchiveError` and nothing else; an abort ends every call at once.
 */
export const createBlobPayloadArchive = (source: ContainerSource): PayloadArchive => {
  return {
    put: (payload, signal) =>
      inContainer(source, signal, (container) =>
        creatingContainer(container, signal, () => put(container, payload, signal)),
      ),
    read: (name, signal) => inContainer(source, signal, (container) => read(container, name, signal)),
    list: (prefix, from, signal) =>
      inContainer(source, signal, (container) => list(container, { prefix, from }, signal)),
  };
};
