import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { decodeRecord } from './encode-record.js';
import { type DeadLetter, type OutboxRecord, orderTime } from './outbox-record.js';
import type { PendingRecord, StoredRecord } from './outbox-store.js';

/** Blob Storage takes 8 KB of metadata in all. */
const maxCompactBytes = 6 * 1024;
/** No compact record unpacks to more: what does is none. */
const maxPlainBytes = 1024 * 1024;

/**
 * A record's metadata: when its event arrived and, where it fits, the whole record once more, packed into ASCII. Metadata comes
 * with a listing, so that a drain need not read each record by itself. Dead letters are only looked at: theirs is the time alone.
 */
export const listedMetadata = (record: OutboxRecord | DeadLetter): Record<string, string> => {
  const time = orderTime(record);
  if ('deadLetteredAt' in record) return { time };
  const compact = deflateRawSync(JSON.stringify(record)).toString('base64');
  return compact.length > maxCompactBytes ? { time } : { time, record: compact };
};

const decodeCompact = (bytes: Buffer): OutboxRecord | undefined => {
  try {
    return decodeRecord(inflateRawSync(bytes, { maxOutputLength: maxPlainBytes }));
  } catch {
    return undefined;
  }
};

/** Listings leave out the quotes that belong to an entity tag. */
const quoted = (etag: string): string => (etag.startsWith('"') ? etag : `"${etag}"`);

interface ListedBlob {
  readonly name: string;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly properties: { readonly etag: string; readonly lastModified: Date };
}

/** A record as its blob's listing shows it. What is shown stays packed until it is wanted: a drain holds many. */
export const listedRecord = ({ name, metadata, properties }: ListedBlob): PendingRecord => {
  const time = metadata?.['time'] ?? properties.lastModified.toISOString();
  const compact = metadata?.['record'];
  const version = quoted(properties.etag);
  if (compact === undefined) return { name, time, version };
  const bytes = Buffer.from(compact, 'base64');
  const shown = (): StoredRecord | undefined => {
    const record = decodeCompact(bytes);
    return record === undefined ? undefined : { name, version, record };
  };
  return { name, time, version, shown };
};
