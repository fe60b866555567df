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

/**
 * Creates a record at its name; where another event, or other queues, hold that, beside it. What stands there already, owes
 * as much and is no later in the order stands for this one too: either its copies arrive, under the same message ids, or it is
 * dead-lettered. A record that vanishes between the two looks was drained meanwhile, so the place is tried again.
 */
export const createRecord = async <R extends OutboxRecord | DeadLetter>(
  place: RecordPlace<R>,
  record: R,
): Promise<void> => {
  const name = recordName(record);
  for (let tries = 0; tries < maxTries; tries += 1) {
    if ((await place.create(name, record)) === 'created') return;
    const existing = await place.read(name);
    if (existing === 'gone') continue;
    if (existing !== 'unreadable' && standsFor(existing, record)) return;
    break;
  }
  await place.create(recordNameBeside(record), record);
};
