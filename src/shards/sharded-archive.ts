import { ArchiveError } from '../archive/archive-error.js';
import type { GuardedArchive, GuardedList, GuardedRead } from '../archive/guarded-archive.js';
import type { ArchiveEntry, PayloadArchive } from '../archive/payload-archive.js';
import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { OrderBy } from '../routing/bot.js';
import { mergedPages } from './merged-pages.js';
import { type Placed, placementKey } from './placement-key.js';
import { type ShardName, shardOf, tagName, untagName } from './shard-of.js';

/** One account's archive whose names include the shard, so that a name found anywhere leads back to its account. */
export const taggedArchive = (archive: PayloadArchive, shard: ShardName): PayloadArchive => {
  if (shard === '') return archive;
  const tagged = <T extends { readonly name: string }>(one: T): T => ({ ...one, name: tagName(one.name, shard) });
  return {
    put: async (payload, signal) => tagged(await archive.put(payload, signal)),
    read: (name, signal) => archive.read(untagName(name).name, signal),
    list: async (prefix, from, signal) => {
      const page = await archive.list(prefix, from, signal);
      return { ...page, entries: page.entries.map(tagged) };
    },
  };
};

/** One of a kind for each account, by the names of the shards. */
export interface OfShards<T> {
  readonly names: readonly ShardName[];
  readonly each: readonly [T, ...T[]];
}

/** The account that an event's payload belongs to; `order` is the broadest that a bot asks for. */
export const accountOf = (names: readonly ShardName[], order: OrderBy, payload: Placed): number =>
  shardOf(names, placementKey(order, payload));

/** What a name answers whose shard the settings know no more. */
export const unknownShard = (name: string): CallResult<never, ArchiveError> => ({
  ok: false,
  error: {
    kind: 'operation-failed',
    breaker: 'blob-storage',
    cause: new ArchiveError('refused', `PayloadStorage__shards names no shard "${untagName(name).shard}"`),
  },
});

/** The one that a name leads to. */
export const byName = <T>({ names, each }: OfShards<T>, name: string): T | undefined =>
  each[names.indexOf(untagName(name).shard)];

/** Each payload goes through the breaker of its own account, whatever state the others are in. */
export const shardedArchive = ({ names, each }: OfShards<GuardedArchive>, order: OrderBy): GuardedArchive =>
  each.length === 1
    ? each[0]
    : (payload, timeoutMs) => (each[accountOf(names, order, payload)] ?? each[0])(payload, timeoutMs);

/** A name says its account. */
export const shardedRead = (shards: OfShards<GuardedRead>): GuardedRead =>
  shards.each.length === 1
    ? shards.each[0]
    : async (name, timeoutMs) => byName(shards, name)?.(name, timeoutMs) ?? unknownShard(name);

/** All accounts at once; fails when one of them does, for what it holds would be passed over in silence. */
export const shardedList = ({ each }: OfShards<GuardedList>): GuardedList =>
  each.length === 1
    ? each[0]
    : async (prefix, from, timeoutMs) => {
        const shards = each.map((list) => async (place: string | undefined) => {
          const page = await list(prefix, place, timeoutMs);
          if (!page.ok) return page;
          const { entries: items, next } = page.value;
          return { ok: true as const, value: { items, ...(next !== undefined && { next }) } };
        });
        const merged = await mergedPages<ArchiveEntry>(shards, from);
        if (!merged.ok) return merged;
        const { items: entries, next } = merged.value;
        return { ok: true, value: { entries, ...(next !== undefined && { next }) } };
      };
