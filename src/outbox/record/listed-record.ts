import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type DeadLetter, decodeRecord, type OutboxRecord, orderTime } from './outbox-record.js';
import type { PendingRecord, StoredRecord } from './outbox-store.js';

/** Blob Storage takes 8 KB of metadata in all. */
const maxCompactBytes = 6 * 1024;
const maxBotsBytes = 1024;
/** Metadata is ASCII. */
const isBotList = /^[\w.,-]+$/;
/** No compact record unpacks to more: what does is none. */
const maxPlainBytes = 1024 * 1024;

/**
 * A record's metadata: when its event arrived and, where it fits, the whole record once more, packed into ASCII. Metadata comes
 * with a listing, so that a drain need not read each record by itself. Dead letters are only counted: theirs are the time and the bots.
 */
export const listedMetadata = (record: OutboxRecord | DeadLetter): Record<string, string> => {
  const names = record.owed.map(({ bot }) => bot).join();
  const shown = {
    time: orderTime(record),
    ...(isBotList.test(names) && names.length <= maxBotsBytes && { bots: names }),
  };
  if ('deadLetteredAt' in record) return shown;
  const compact = deflateRawSync(JSON.stringify(record)).toString('base64');
  return compact.length > maxCompactBytes ? shown : { ...shown, record: compact };
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
  const bots = metadata?.['bots']?.split(',');
  const listed = { name, time, version, ...(bots !== undefined && { bots }) };
  if (compact === undefined) return listed;
  const bytes = Buffer.from(compact, 'base64');
  const shown = (): StoredRecord | undefined => {
    const record = decodeCompact(bytes);
    return record === undefined ? undefined : { name, version, record };
  };
  return { ...listed, shown };
};
