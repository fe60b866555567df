import { hash } from 'node:crypto';

/** A shard's name; the empty text for the first one, which the plain settings name. */
export type ShardName = string;

/**
 * Which shard a key belongs to: the one whose name gives the highest hash together with the key (rendezvous hashing). Every instance
 * chooses alike, keys spread evenly, and a further shard takes only its own share from each of the others.
 */
export const shardOf = (names: readonly ShardName[], key: string): number => {
  if (names.length < 2) return 0;
  let chosen = 0;
  let highest = '';
  for (const [index, name] of names.entries()) {
    const weight = hash('sha256', `${name}\n${key}`);
    if (weight <= highest) continue;
    chosen = index;
    highest = weight;
  }
  return chosen;
};

const taggedName = /^(?<plain>.*)@(?<shard>[a-z0-9-]+)$/s;

/** A blob's name together with its shard: every name of the first shard stays as it is. */
export const tagName = (name: string, shard: ShardName): string => (shard === '' ? name : `${name}@${shard}`);

/** The reverse. Names of our blobs hold no `@` of their own. */
export const untagName = (name: string): { readonly name: string; readonly shard: ShardName } => {
  const { plain = name, shard = '' } = taggedName.exec(name)?.groups ?? {};
  return { name: plain, shard };
};
