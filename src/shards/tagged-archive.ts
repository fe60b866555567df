import type { PayloadArchive } from '../archive/payload-archive.js';
import { type ShardName, tagName, untagName } from './shard-of.js';

/** One account's archive whose names say the shard, so that a name found anywhere leads back to its account. */
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
