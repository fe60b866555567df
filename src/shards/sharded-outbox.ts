import type { ArchiveError } from '../archive/archive-error.js';
import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { Delivered } from '../outbox/record/delivered-copies.js';
import type {
  GuardedOutbox,
  OutboxPage,
  OutboxStore,
  PendingRecord,
  RecordLease,
  StoredLetter,
  StoredRecord,
} from '../outbox/record/outbox-store.js';
import { mergedPages } from './merged-pages.js';
import { type ShardName, tagName, untagName } from './shard-of.js';
import { byName, type OfShards, unknownShard } from './sharded-archive.js';

type Named = { readonly name: string };

/** One account's outbox whose names include the shard, like `taggedArchive` for the archive. */
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

type List = GuardedOutbox['list'];

const mergedList =
  (lists: readonly List[]): List =>
  async (from, timeoutMs) => {
    const shards = lists.map((list) => async (place: string | undefined) => {
      const page = await list(place, timeoutMs);
      if (!page.ok) return page;
      const { records: items, next } = page.value;
      return { ok: true as const, value: { items, ...(next !== undefined && { next }) } };
    });
    const merged = await mergedPages<PendingRecord>(shards, from);
    if (!merged.ok) return merged;
    const { items: records, next } = merged.value;
    const value: OutboxPage = { records, ...(next !== undefined && { next }) };
    return { ok: true, value };
  };

/**
 * The outboxes of all accounts as one. A record lies where its payload does, and its name says where that is: so each call goes through
 * the breaker of its own account. Listings are of all accounts, and fail when one of them does.
 */
export const shardedOutbox = (shards: OfShards<GuardedOutbox>): GuardedOutbox => {
  const [first, ...others] = shards.each;
  if (others.length === 0) return first;
  const at = async <T>(
    name: string,
    ask: (outbox: GuardedOutbox) => Promise<CallResult<T, ArchiveError>>,
  ): Promise<CallResult<T, ArchiveError>> => {
    const outbox = byName(shards, name);
    return outbox === undefined ? unknownShard(name) : ask(outbox);
  };
  return {
    create: (record, timeoutMs) => at(record.payload.archiveName, ({ create }) => create(record, timeoutMs)),
    list: mergedList(shards.each.map(({ list }) => list)),
    read: (name, timeoutMs) => at(name, ({ read }) => read(name, timeoutMs)),
    lease: (stored, timeoutMs) => at(stored.name, ({ lease }) => lease(stored, timeoutMs)),
    release: (lease, timeoutMs) => at(lease.name, ({ release }) => release(lease, timeoutMs)),
    update: (lease, record, timeoutMs) => at(lease.name, ({ update }) => update(lease, record, timeoutMs)),
    remove: (lease, timeoutMs) => at(lease.name, ({ remove }) => remove(lease, timeoutMs)),
    deadLetter: (letter, timeoutMs) =>
      at(letter.payload.archiveName, ({ deadLetter }) => deadLetter(letter, timeoutMs)),
    remember: (copies, timeoutMs) => first.remember(copies, timeoutMs),
    listDeadLetters: mergedList(shards.each.map(({ listDeadLetters }) => listDeadLetters)),
    readDeadLetter: (name, timeoutMs) => at(name, ({ readDeadLetter }) => readDeadLetter(name, timeoutMs)),
    replaceDeadLetter: (stored, rest, timeoutMs) =>
      at(stored.name, ({ replaceDeadLetter }) => replaceDeadLetter(stored, rest, timeoutMs)),
  };
};

/** What has been delivered as any account remembers it; what is new is remembered by the account's own. */
export const allDelivered = (own: Delivered, all: readonly Delivered[]): Delivered =>
  all.length === 1
    ? own
    : {
        has: (queue, messageId) => all.some((one) => one.has(queue, messageId)),
        ready: async (timeoutMs) => {
          await Promise.all(all.map((one) => one.ready(timeoutMs)));
        },
        remember: (copies, timeoutMs) => own.remember(copies, timeoutMs),
      };
