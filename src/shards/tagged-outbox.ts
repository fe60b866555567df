import type {
  OutboxPage,
  OutboxStore,
  PendingRecord,
  RecordLease,
  StoredLetter,
  StoredRecord,
} from '../outbox/record/outbox-store.js';
import { type ShardName, tagName, untagName } from './shard-of.js';

type Named = { readonly name: string };

/** One account's outbox whose names say the shard, as `taggedArchive` does for the archive. */
export const taggedOutbox = (store: OutboxStore, shard: ShardName): OutboxStore => {
  if (shard === '') return store;
  const tagged = <T extends Named>(one: T): T => ({ ...one, name: tagName(one.name, shard) });
  const plain = <T extends Named>(one: T): T => ({ ...one, name: untagName(one.name).name });
  /** An answer in words stays as it is. */
  const taggedIf = <T extends Named, S extends string>(one: T | S): T | S =>
    typeof one === 'string' ? one : tagged<T>(one);
  const taggedPending = ({ shown, ...pending }: PendingRecord): PendingRecord => ({
    ...tagged(pending),
    ...(shown !== undefined && {
      shown: () => {
        const stored = shown();
        return stored && tagged(stored);
      },
    }),
  });
  const taggedPage = ({ records, ...page }: OutboxPage): OutboxPage => ({
    ...page,
    records: records.map(taggedPending),
  });
  return {
    create: (record, signal) => store.create(record, signal),
    list: async (from, signal) => taggedPage(await store.list(from, signal)),
    read: async (name, signal) =>
      taggedIf<StoredRecord, 'unreadable' | 'gone'>(await store.read(untagName(name).name, signal)),
    lease: async (stored, signal) => taggedIf<RecordLease, 'taken' | 'gone'>(await store.lease(plain(stored), signal)),
    release: (lease, signal) => store.release(plain(lease), signal),
    update: (lease, record, signal) => store.update(plain(lease), record, signal),
    remove: (lease, signal) => store.remove(plain(lease), signal),
    deadLetter: (letter, signal) => store.deadLetter(letter, signal),
    listDeadLetters: async (from, signal) => taggedPage(await store.listDeadLetters(from, signal)),
    remember: (copies, signal) => store.remember(copies, signal),
    listDelivered: (from, signal) => store.listDelivered(from, signal),
    readDeadLetter: async (name, signal) =>
      taggedIf<StoredLetter, 'unreadable' | 'gone'>(await store.readDeadLetter(untagName(name).name, signal)),
    replaceDeadLetter: (stored, rest, signal) => store.replaceDeadLetter(plain(stored), rest, signal),
  };
};
