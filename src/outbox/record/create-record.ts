import { recordName, recordNameBeside } from './outbox-name.js';
import { type DeadLetter, type OutboxRecord, orderTime, owesAll } from './outbox-record.js';

/** Where records are created, never replaced. */
export interface RecordPlace<R extends OutboxRecord | DeadLetter> {
  create(name: string, record: R): Promise<'created' | 'taken'>;
  read(name: string): Promise<OutboxRecord | 'unreadable' | 'gone'>;
}

const maxTries = 3;

const standsFor = (existing: OutboxRecord, record: OutboxRecord): boolean =>
  owesAll(existing, record) && orderTime(existing) <= orderTime(record);

/** Whether the record exists now, or one that stands for it. One that vanishes between the two reads has been drained. */
const isPlaced = async <R extends OutboxRecord | DeadLetter>(
  place: RecordPlace<R>,
  name: string,
  record: R,
): Promise<boolean> => {
  for (let tries = 0; tries < maxTries; tries += 1) {
    if ((await place.create(name, record)) === 'created') return true;
    const existing = await place.read(name);
    if (existing !== 'gone') return existing !== 'unreadable' && standsFor(existing, record);
  }
  return false;
};

/**
 * Creates a record at its name; where another event, other queues, or the same event later in the order hold that, beside it. What stands
 * there already, owes as much and is no later in the order stands for this one too: either its copies arrive, under the same message ids,
 * or it is dead-lettered.
 */
export const createRecord = async <R extends OutboxRecord | DeadLetter>(
  place: RecordPlace<R>,
  record: R,
): Promise<void> => {
  const names = [recordName(record), recordNameBeside(record), recordNameBeside(record, orderTime(record))];
  for (const name of names) if (await isPlaced(place, name, record)) return;
};
