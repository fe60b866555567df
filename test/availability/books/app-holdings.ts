import { setTimeout as sleep } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { createShardedInbox, createStoreReader, type ShardedInbox } from '../../soak/books/read-stores.js';
import type { StandIns } from '../../soak/stack/start-stand-ins.js';
import { soakBots } from '../../soak/traffic/soak-bots.js';
import type { BotHoldings, HoldingsReader } from './holdings.js';

const recoveryTimeoutMs = 600_000;
const betweenLooksMs = 500;

/** How many deliveries wait for the secret by which they are verified. */
const countQuarantined = async (connectionString: string): Promise<number> => {
  const container = BlobServiceClient.fromConnectionString(connectionString).getContainerClient('webhook-quarantine');
  if (!(await container.exists())) return 0;
  let count = 0;
  for await (const _ of container.listBlobsFlat()) count += 1;
  return count;
};

const holdingsOf = ({ bot, received }: ShardedInbox): BotHoldings => ({
  name: bot.name,
  orderBy: bot.ordered ? (bot.orderBy ?? 'entity') : undefined,
  received,
});

/** Reads archive, outbox, backlog and quarantine directly, and every bot's queue as its bot would. */
export const createAppHoldings = ({ connections, shards }: StandIns): HoldingsReader => {
  const { blobConnectionString } = connections;
  const inboxes = soakBots.map((bot) => createShardedInbox(bot, shards));
  const stores = createStoreReader(shards);
  const isDrained = async (): Promise<boolean> =>
    (await countQuarantined(blobConnectionString)) === 0 && !(await stores.isAnythingOwed());
  return {
    async whenNothingIsOwed(stopped) {
      const startedAt = performance.now();
      while (!stopped.aborted && performance.now() - startedAt < recoveryTimeoutMs) {
        if (await isDrained()) return (performance.now() - startedAt) / 1_000;
        await sleep(betweenLooksMs, undefined, { signal: stopped }).catch(() => {});
      }
      return undefined;
    },
    async read() {
      const owed = new Set((await stores.owed()).map(({ id }) => id));
      const archive = await stores.archive();
      await Promise.all(inboxes.map((inbox) => inbox.receiveAll()));
      const bots = inboxes.map(holdingsOf);
      return { archive, bots, owed };
    },
  };
};
