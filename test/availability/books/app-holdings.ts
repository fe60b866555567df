import { setTimeout as sleep } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import type { HostConnections } from '../../../local/stack/host-environment.js';
import { BotInbox } from '../../soak/books/bot-inbox.js';
import { readBacklog } from '../../soak/books/read-backlog.js';
import { createBlobReader } from '../../soak/books/read-blobs.js';
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

const holdingsOf = ({ bot, received }: BotInbox): BotHoldings => ({
  name: bot.name,
  orderBy: bot.ordered ? (bot.orderBy ?? 'entity') : undefined,
  received,
});

/** Reads archive, outbox, backlog and quarantine directly, and every bot's queue as its bot would. */
export const createAppHoldings = (connections: HostConnections): HoldingsReader => {
  const { blobConnectionString, serviceBusConnectionString } = connections;
  const inboxes = soakBots.map((bot) => new BotInbox(bot, connections));
  const readOwed = async (): Promise<readonly string[]> => {
    const blobs = createBlobReader(blobConnectionString);
    const owed = [...(await readBacklog(serviceBusConnectionString)), ...(await blobs.outbox())];
    return owed.map(({ id }) => id);
  };
  const isDrained = async (): Promise<boolean> =>
    (await countQuarantined(blobConnectionString)) === 0 && (await readOwed()).length === 0;
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
      const owed = new Set(await readOwed());
      const archive = await createBlobReader(blobConnectionString).archive();
      await Promise.all(inboxes.map((inbox) => inbox.receiveAll()));
      const bots = inboxes.map(holdingsOf);
      return { archive, bots, owed };
    },
  };
};
