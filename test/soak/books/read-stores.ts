import type { Copy } from '../../../local/ledger/accounts.js';
import { backlogQueueOf } from '../../../src/shards/namespace-of.js';
import { type StandInShard, shardName } from '../stack/start-stand-ins.js';
import { BotInbox, type ReceivedCopy } from './bot-inbox.js';
import type { OwedCopy } from './owed-copy.js';
import { readBacklog } from './read-backlog.js';
import { createBlobReader } from './read-blobs.js';

/** A copy, and the account or namespace that holds it, counted from 0. */
export type PlacedCopy = Copy & { readonly shard: number };

/** Reads what all accounts and namespaces hold, directly and not by way of the app. Every fault must be off. */
export interface StoreReader {
  /**
   * What is owed. The app goes on moving copies meanwhile, from the backlog to archive and outbox: read in that order, what moves is seen
   * at least once.
   */
  owed(): Promise<readonly OwedCopy[]>;
  /** Whether `owed` would find anything. All is read only where no outbox record says so at once. */
  isAnythingOwed(): Promise<boolean>;
  archive(): Promise<readonly PlacedCopy[]>;
  deadLetters(): Promise<readonly OwedCopy[]>;
  /** Whether nobody has looked through the work of a killed process yet. One process runs. */
  hasUnsettledProcess(): Promise<boolean>;
}

const placed = <T extends Copy>(shards: readonly (readonly T[])[]): readonly (T & PlacedCopy)[] =>
  shards.flatMap((copies, shard) => copies.map((copy) => ({ ...copy, shard })));

const allOf = async <T>(readings: readonly Promise<readonly T[]>[]): Promise<readonly T[]> =>
  (await Promise.all(readings)).flat();

/** Archived payloads never change, so that each is read once by one reader. */
export const createStoreReader = (shards: readonly StandInShard[]): StoreReader => {
  const accounts = shards.map(({ connections }) => createBlobReader(connections.blobConnectionString));
  const backlogs = shards.map((_, account) => backlogQueueOf(account === 0 ? '' : shardName(account)));
  const readBacklogs = (): Promise<readonly OwedCopy[]> =>
    allOf(
      shards.flatMap(({ connections }) =>
        backlogs.map((queue) => readBacklog(connections.serviceBusConnectionString, queue)),
      ),
    );
  const readOwed = async (): Promise<readonly OwedCopy[]> => [
    ...(await readBacklogs()),
    ...(await allOf(accounts.map((account) => account.outbox()))),
  ];
  return {
    owed: readOwed,
    async isAnythingOwed() {
      const owing = await Promise.all(accounts.map((account) => account.isOwing()));
      return owing.includes(true) || (await readOwed()).length > 0;
    },
    archive: async () => placed(await Promise.all(accounts.map((account) => account.archive()))),
    deadLetters: () => allOf(accounts.map((account) => account.deadLetters())),
    async hasUnsettledProcess() {
      const notes = await Promise.all(accounts.map((account) => account.notes()));
      return notes.some((count) => count > 1);
    },
  };
};

/** A bot that reads its queue in every namespace. */
export interface ShardedInbox extends Pick<BotInbox, 'bot'> {
  readonly received: readonly (ReceivedCopy & PlacedCopy)[];
  receiveAll(): Promise<void>;
}

export const createShardedInbox = (bot: BotInbox['bot'], shards: readonly StandInShard[]): ShardedInbox => {
  const inboxes = shards.map(({ connections }) => new BotInbox(bot, connections));
  return {
    bot,
    get received() {
      return placed(inboxes.map(({ received }) => received));
    },
    async receiveAll() {
      await Promise.all(inboxes.map((inbox) => inbox.receiveAll()));
    },
  };
};
