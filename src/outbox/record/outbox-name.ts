import { createHash } from 'node:crypto';
import { safeFileName } from '../../archive/blob-form.js';
import { type OutboxRecord, orderTime, revivalsOf } from './outbox-record.js';
import type { CopiesByKey } from './outbox-store.js';

const folderOf = (time: string): string => {
  const [date = '', clock = ''] = new Date(time).toISOString().split('T');
  return `${date.replaceAll('-', '/')}/${clock.slice(0, 2)}`;
};

/** Where an event's record lies: `{yyyy}/{MM}/{dd}/{HH}/{id}.json`, by the time that orders it (UTC). */
export const recordName = (record: OutboxRecord): string =>
  `${folderOf(orderTime(record))}/${safeFileName(record.attributes.id)}.json`;

/**
 * Where a record goes when another one holds its place: beside it, under a name that says provider, payload and queues, and how
 * often it was revived. Ids are unique per provider only, and a delivery that comes again may be owed to other queues than before. Given what
 * orders it, the name says that too.
 */
export const recordNameBeside = (record: OutboxRecord, orderedAt?: string): string => {
  const { attributes, payload, owed } = record;
  const revivals = revivalsOf(record);
  const digest = createHash('sha256').update(
    JSON.stringify([
      attributes.provider,
      payload.archiveName,
      owed.map(({ bot, queue }) => [bot, queue]).toSorted(),
      ...(revivals > 0 ? [revivals] : []),
      ...(orderedAt === undefined ? [] : [orderedAt]),
    ]),
  );
  return `${folderOf(orderTime(record))}/${safeFileName(attributes.id)}-${digest.digest('hex')}.json`;
};

/** Named in `infra/modules/archive-storage.bicep`, whose rule ends what lies here. */
export const deliveredPrefix = 'delivered/';
/** In no key. */
const keySeparator = '.';

/** One blob for all of them; a listing shows nothing but names, which hold up to 1,024 characters. */
export const deliveredName = (copies: CopiesByKey): string =>
  `${deliveredPrefix}${[...copies.keys()].join(keySeparator)}`;

/** The keys that a delivered blob's name holds. */
export const deliveredKeys = (name: string): readonly string[] =>
  name.slice(deliveredPrefix.length).split(keySeparator);
