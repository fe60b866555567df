import { decodeMetadataValue } from '../archive/blob-form.js';
import type { Bot, OrderBy } from '../routing/bot.js';
import { archiveBacklogQueue, type QueueMessage } from '../routing/event-queue.js';
import { broadestOrder } from './placement-key.js';
import { type ShardName, shardOf } from './shard-of.js';

/** A namespace beside the first. */
export interface NamespaceRule {
  readonly name: ShardName;
  /** Bots whose queues lie in this namespace alone; absent: it takes its share of all the others' messages. */
  readonly bots?: readonly string[] | undefined;
}

/** What decides a message's namespace. */
export type Addressed = Pick<QueueMessage, 'messageId'> & {
  readonly sessionId?: string | undefined;
  readonly applicationProperties?: QueueMessage['applicationProperties'];
};

export type NamespaceOf = (queue: string, message: Addressed) => number;

/** Bots of which some messages lie in the namespace of that name. */
export const botsIn = <B extends Pick<Bot, 'name'>>(
  name: ShardName,
  further: readonly NamespaceRule[],
  bots: readonly B[],
): readonly B[] => {
  const own = further.find((rule) => rule.name === name)?.bots;
  const given = further.flatMap((rule) => rule.bots ?? []);
  return bots.filter((bot) => (own === undefined ? !given.includes(bot.name) : own.includes(bot.name)));
};

/**
 * Which namespace a message goes to, 0 being the first: the one that its bot was given, else by the hash of its session, so that a
 * session's order holds, or of its id where it has none. What waits in a backlog goes by what its account is chosen by.
 *
 */
export const createNamespaceOf = (further: readonly NamespaceRule[], bots: readonly Bot[]): NamespaceOf => {
  if (further.length === 0) return () => 0;
  const names = ['', ...further.map(({ name }) => name)];
  const shared = ['', ...further.flatMap((rule) => (rule.bots === undefined ? [rule.name] : []))];
  const order = broadestOrder(bots);
  const given = new Map<string, number>();
  for (const [index, rule] of further.entries()) {
    for (const bot of bots) if (rule.bots?.includes(bot.name)) given.set(bot.queue, index + 1);
  }
  return (queue, { sessionId, messageId, applicationProperties }) => {
    const backlogged = queue === archiveBacklogQueue ? placementKeyOf(order, applicationProperties) : undefined;
    return given.get(queue) ?? names.indexOf(shared[shardOf(shared, sessionId ?? backlogged ?? messageId)] ?? '');
  };
};

const keyNames = { entity: 'sessionkey', repository: 'repositorykey', source: 'sourcekey' } as const;

/** Of a message of the backlog; absent where it is of no one event. */
const placementKeyOf = (order: OrderBy, properties: QueueMessage['applicationProperties'] = {}): string | undefined => {
  const key = properties[keyNames[order]];
  return key === undefined ? undefined : decodeMetadataValue(key);
};

/** The backlog of one account: the first one's has the plain name. */
export const backlogQueueOf = (account: ShardName): string =>
  account === '' ? archiveBacklogQueue : `${archiveBacklogQueue}-${account}`;

/** Which account a message of the backlog waits for; what belongs to no one event waits for the first. */
export const accountOfBacklog = (
  names: readonly ShardName[],
  order: OrderBy,
  { applicationProperties }: Pick<QueueMessage, 'applicationProperties'>,
): number => {
  const key = placementKeyOf(order, applicationProperties);
  return key === undefined ? 0 : shardOf(names, key);
};
