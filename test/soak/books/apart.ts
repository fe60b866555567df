import type { PlacedCopy } from './read-stores.js';

/**
 * Of `copies`, everyone's, the ids of events that lie wholly in shards that never failed: what fails in `failing` is nothing to them.
 */
export const apartFrom = (failing: number, copies: Iterable<Pick<PlacedCopy, 'id' | 'shard'>>): ReadonlySet<string> => {
  const apart = new Map<string, boolean>();
  for (const { id, shard } of copies) apart.set(id, (apart.get(id) ?? true) && shard !== failing);
  return new Set([...apart].flatMap(([id, isApart]) => (isApart ? [id] : [])));
};
