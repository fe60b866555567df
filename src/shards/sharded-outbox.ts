import type { ArchiveError } from '../archive/archive-error.js';
import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { Delivered } from '../outbox/record/delivered-copies.js';
import type { GuardedOutbox } from '../outbox/record/guarded-outbox.js';
import type { OutboxPage, PendingRecord } from '../outbox/record/outbox-store.js';
import { mergedPages } from './merged-pages.js';
import { byName, type OfShards, unknownShard } from './sharded-archive.js';

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
