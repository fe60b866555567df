import type { SessionKeys } from '../providers/provider.js';
import type { Bot, OrderBy } from '../routing/bot.js';

const fromNarrowToBroad = ['entity', 'repository', 'source'] as const satisfies readonly OrderBy[];

/**
 * The broadest order of any bot. It chooses the account, so that everything that a session is owed is in one account, whose drain
 * keeps it in order: other accounts' drains run beside it.
 */
export const broadestOrder = (bots: readonly Pick<Bot, 'ordered' | 'orderBy'>[]): OrderBy =>
  fromNarrowToBroad.findLast((order) => bots.some(({ ordered, orderBy }) => ordered && orderBy === order)) ?? 'entity';

/** What decides an event's account. */
export interface Placed {
  readonly attributes: { readonly partitionkey: string };
  /** The entity's key is the envelope's `partitionkey`. */
  readonly sessionKeys: Pick<SessionKeys, 'repository' | 'source'>;
}

export const placementKey = (order: OrderBy, { attributes, sessionKeys }: Placed): string =>
  order === 'entity' ? attributes.partitionkey : sessionKeys[order];
