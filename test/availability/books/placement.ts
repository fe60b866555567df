import { shardOf } from '../../../src/shards/shard-of.js';
import { shardName } from '../../soak/stack/start-stand-ins.js';
import type { Entry } from './delivery-book.js';
import type { BotHoldings, Holdings } from './holdings.js';

/** Where copies of one delivery go: its account, and the namespace of each bot, counted from 0. */
export interface Placement {
  readonly archive: number;
  readonly bots: ReadonlyMap<string, number>;
}

type Bots = readonly Pick<BotHoldings, 'name' | 'orderBy'>[];

/** What docs/capacity.md says: a namespace by the session, or by the message id without one; the account by the broadest session. */
export const placementOf = ({ delivery, sha256 }: Entry, bots: Bots, shards: number): Placement => {
  const names = Array.from({ length: shards }, (_, shard) => (shard === 0 ? '' : shardName(shard)));
  const entity = `${delivery.repository}/${delivery.entity}/${delivery.entityNumber}`;
  const keyFor = ({ orderBy }: Bots[number]): string => {
    if (orderBy === undefined) return `github:${delivery.id}:${sha256}`;
    return orderBy === 'repository' ? delivery.repository : entity;
  };
  return {
    archive: shardOf(names, bots.some(({ orderBy }) => orderBy === 'repository') ? delivery.repository : entity),
    bots: new Map(bots.map((bot) => [bot.name, shardOf(names, keyFor(bot))])),
  };
};

/** Whether nothing of a delivery lies in that shard. */
export const liesApartFrom = (shard: number, { archive, bots }: Placement): boolean =>
  ![archive, ...bots.values()].includes(shard);

/** Copies that were found elsewhere than where they belong. */
export const misplacedIn = (
  placements: ReadonlyMap<string, Placement>,
  { archive, bots }: Pick<Holdings, 'archive' | 'bots'>,
): readonly string[] => [
  ...archive.filter(({ id, shard }) => placements.get(id)?.archive !== shard).map(({ id }) => id),
  ...bots.flatMap(({ name, received }) =>
    received.filter(({ id, shard }) => placements.get(id)?.bots.get(name) !== shard).map(({ id }) => id),
  ),
];
