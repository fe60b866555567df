import type { PayloadArchive } from '../../../src/archive/payload-archive.js';
import { recordName } from '../../../src/outbox/record/outbox-name.js';
import type { OutboxStore, PendingRecord, StoredRecord } from '../../../src/outbox/record/outbox-store.js';
import { payload, pendingEvent, pendingRecord } from './pending-events.js';

/** Stores that answer at once and keep no record: each is made when it is read, so memory that grows is the drain's. */
export interface NullStores {
  readonly archive: PayloadArchive;
  readonly outbox: OutboxStore;
  /** Records not removed yet. */
  left(): number;
}

const pageSize = 1_000;

const recordOf = (n: number) => {
  const event = pendingEvent(n);
  return pendingRecord(event, { name: `github/${event.attributes.id}.json`, url: 'null://payload' });
};

const notUsed = (): Promise<never> => Promise.reject(new Error('A drain does not call this'));

export const createNullStores = (count: number): NullStores => {
  const numbers = new Map<string, number>();
  for (let n = 0; n < count; n += 1) numbers.set(recordName(recordOf(n)), n);
  const names = [...numbers.keys()].toSorted();
  const positions = new Map(names.map((name, position) => [name, position]));
  const removed = new Set<string>();

  const read = (name: string): StoredRecord => ({ name, version: '1', record: recordOf(numbers.get(name) ?? 0) });

  const list: OutboxStore['list'] = async (from) => {
    const records: PendingRecord[] = [];
    let position = from === undefined ? 0 : (positions.get(from) ?? 0);
    for (; position < names.length && records.length < pageSize; position += 1) {
      const name = names[position] ?? '';
      if (removed.has(name)) continue;
      const { time } = pendingEvent(numbers.get(name) ?? 0).attributes;
      records.push({ name, time, shown: () => read(name) });
    }
    const next = names[position];
    return { records, ...(next !== undefined && { next }) };
  };

  return {
    archive: {
      put: notUsed,
      list: notUsed,
      read: async () => ({ body: Buffer.from(payload), contentType: 'application/json', metadata: {} }),
    },
    outbox: {
      create: notUsed,
      list,
      read: async (name) => read(name),
      lease: async ({ name }) => ({ name, leaseId: 'lease' }),
      release: async () => {},
      update: notUsed,
      remove: async ({ name }) => void removed.add(name),
      deadLetter: notUsed,
      remember: async () => {},
      listDelivered: async () => ({ keys: [] }),
      listDeadLetters: notUsed,
      readDeadLetter: notUsed,
      replaceDeadLetter: notUsed,
    },
    left: () => count - removed.size,
  };
};
