import { createHash } from 'node:crypto';
import { safeFileName } from '../../archive/archive-name.js';
import { type OutboxRecord, orderTime, revivalsOf } from './outbox-record.js';

const folderOf = (time: string): string => {
  const [date = '', clock = ''] = new Date(time).toISOString().split('T');
  return `${date.replaceAll('-', '/')}/${clock.slice(0, 2)}`;
};

/** Where an event's record lies: `{yyyy}/{MM}/{dd}/{HH}/{id}.json`, by the time that orders it (UTC). */
export const recordName = (record: OutboxRecord): string =>
  `${folderOf(orderTime(record))}/${safeFileName(record.attributes.id)}.json`;

/**
 * Where a record goes when another one holds its place: beside it, under a name that says provider, payload and queues, and how
 * often it was revived. Ids are unique per provider only, and a delivery that comes again may be owed to other queues than before.
 */
export const recordNameBeside = (record: OutboxRecord): string => {
  const { attributes, payload, owed } = record;
  const revivals = revivalsOf(record);
  const digest = createHash('sha256').update(
    JSON.stringify([
      attributes.provider,
      payload.archiveName,
      owed.map(({ bot, queue }) => [bot, queue]).toSorted(),
      ...(revivals > 0 ? [revivals] : []),
    ]),
  );
  return `${folderOf(orderTime(record))}/${safeFileName(attributes.id)}-${digest.digest('hex')}.json`;
};
