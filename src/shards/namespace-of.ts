import { decodeMetadataValue } from '../archive/archive-metadata.js';
import type { Bot } from '../routing/bot.js';
import { archiveBacklogQueue, type QueueMessage } from '../routing/event-queue.js';
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
 * session's order holds, or of its id where it has none. What waits in a backlog goes by its event's partition key, to where most of its
 * copies go.
 */
export const createNamespaceOf = (further: readonly NamespaceRule[], bots: readonly Bot[]): NamespaceOf => {
  if (further.length === 0) return () => 0;
  const names = ['', ...further.map(({ name }) => name)];
  const shared = ['', ...further.flatMap((rule) => (rule.bots === undefined ? [rule.name] : []))];
  const given = new Map<string, number>();
  for (const [index, rule] of further.entries()) {
    for (const bot of bots) if (rule.bots?.includes(bot.name)) given.set(bot.queue, index + 1);
  }
  return (queue, { sessionId, messageId, applicationProperties }) => {
    const backlogged = queue === archiveBacklogQueue ? partitionKeyOf(applicationProperties) : undefined;
    return given.get(queue) ?? names.indexOf(shared[shardOf(shared, sessionId ?? backlogged ?? messageId)] ?? '');
  };
};

/** Of a message of the backlog; absent where it is of no one event. */
const partitionKeyOf = ({ sessionkey }: QueueMessage['applicationProperties'] = {}): string | undefined =>
  sessionkey === undefined ? undefined : decodeMetadataValue(sessionkey);

/** The backlog of one account: the first one's has the plain name. */
export const backlogQueueOf = (account: ShardName): string =>
  account === '' ? archiveBacklogQueue : `${archiveBacklogQueue}-${account}`;

/** Which account a message of the backlog waits for; what belongs to no one event waits for the first. */
export const accountOfBacklog = (
  names: readonly ShardName[],
  { applicationProperties }: Pick<QueueMessage, 'applicationProperties'>,
): number => {
  const key = partitionKeyOf(applicationProperties);
  return key === undefined ? 0 : shardOf(names, key);
};
