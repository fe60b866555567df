import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { localSecretOf } from '../../../local/senders/local-provider-secret.js';
import { writeByHandApp } from '../../bench/by-hand/write-app.js';
import { MortalHost } from '../../soak/stack/mortal-host.js';
import { type StandIns, startStandIns } from '../../soak/stack/start-stand-ins.js';
import { soakBots } from '../../soak/traffic/soak-bots.js';
import { createAppHoldings } from '../books/app-holdings.js';
import { createByHandHoldings } from '../books/by-hand-holdings.js';
import { DeliveryBook } from '../books/delivery-book.js';
import type { HoldingsReader } from '../books/holdings.js';
import type { PlannedOutage, SideName } from '../plan/availability-plan.js';
import { Front } from '../traffic/front.js';
import { type SenderHistory, startSenderHistory } from '../traffic/sender-history.js';
import { byHandContainer, byHandQueue } from './by-hand-names.js';

/** One of the two that are compared: its app in one or two instances, with dependencies of its own. */
export interface Side {
  readonly name: SideName;
  readonly standIns: StandIns;
  readonly instances: readonly MortalHost[];
  readonly front: Front;
  readonly book: DeliveryBook;
  /** Absent: nobody is asked for what did not arrive. */
  readonly history?: SenderHistory;
  readonly holdings: HoldingsReader;
  stop(): Promise<void>;
}

export interface SideOptions {
  readonly name: SideName;
  readonly instances: number;
  /** Of the app; by hand there is one of each. */
  readonly shards: number;
  /** Whether the app asks GitHub for what it could not deliver. */
  readonly reconciles: boolean;
  readonly stateDirectory: string;
  /** Settings of the app, beside the connections. */
  readonly settings: Readonly<Record<string, string>>;
  /** What fails before an instance is started. */
  readonly outages: readonly PlannedOutage[];
}

interface SideParts {
  readonly bots: unknown;
  readonly shards: number;
  /** Absent: nobody is asked. */
  readonly asking?: Readonly<Record<string, string>>;
  readonly holdings: (standIns: StandIns) => HoldingsReader;
  /** What the hosts are started with, once the stand-ins run. */
  readonly prepare: (standIns: StandIns) => Promise<{
    readonly app?: string;
    readonly settings: Readonly<Record<string, string>>;
  }>;
}

/** Every 15 seconds instead of every five minutes: a run lasts three. */
const asking = { GITHUB_RECONCILE_HOOKS: 'app', GITHUB_RECONCILE_SCHEDULE: '*/15 * * * * *' };

/** The handler by hand reads its secret from a setting, and nobody makes its container. */
const prepareByHand = async ({ connections }: StandIns, stateDirectory: string) => {
  const app = join(stateDirectory, 'app');
  await writeByHandApp(app);
  const client = BlobServiceClient.fromConnectionString(connections.blobConnectionString);
  await client.getContainerClient(byHandContainer).createIfNotExists();
  const settings = { WEBHOOK_SECRET_GITHUB: localSecretOf('github').stored, BY_HAND_QUEUE: byHandQueue };
  return { app, settings };
};

const partsOf = ({ name, settings, stateDirectory, shards, reconciles }: SideOptions): SideParts =>
  name === 'Breakwater'
    ? {
        bots: soakBots,
        shards,
        ...(reconciles && { asking }),
        holdings: createAppHoldings,
        prepare: async ({ connections: { vaultUri } }) => ({ settings: { KeyVault__vaultUri: vaultUri, ...settings } }),
      }
    : {
        bots: [{ name: 'by-hand', queue: byHandQueue, events: ['*'], ordered: false }],
        shards: 1,
        holdings: ({ connections }) => createByHandHoldings(connections),
        prepare: (standIns) => prepareByHand(standIns, stateDirectory),
      };

const startHosts = async (
  standIns: StandIns,
  { instances, stateDirectory }: SideOptions,
  { prepare }: SideParts,
): Promise<readonly MortalHost[]> => {
  const { app, settings } = await prepare(standIns);
  return Array.from(
    { length: instances },
    (_, index) =>
      new MortalHost({
        standIns,
        stateDirectory,
        settings,
        name: `instance-${index + 1}`,
        ...(app !== undefined && { app }),
      }),
  );
};

/** Starts a side, each part in a process of its own. */
export const startSide = async (options: SideOptions): Promise<Side> => {
  const { name, stateDirectory, outages } = options;
  await mkdir(stateDirectory, { recursive: true });
  const parts = partsOf(options);
  const standIns = await startStandIns({
    stateDirectory,
    providers: ['github'],
    bots: { bots: parts.bots },
    shards: parts.shards,
    ...(parts.asking !== undefined && { environment: parts.asking }),
  });
  let history: SenderHistory | undefined;
  let instances: readonly MortalHost[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(instances.map((host) => host.stop()));
    await history?.close();
    await standIns.stop();
  };
  try {
    instances = await startHosts(standIns, options, parts);
    for (const outage of outages) await standIns.setFault(outage);
    await Promise.all(instances.map((host) => host.start()));
  } catch (fault) {
    await stop();
    throw fault;
  }
  const front = new Front(
    instances.map(
      (host, index) => () => (host.isUp ? { url: host.url, life: `${index + 1}.${host.lives}` } : undefined),
    ),
  );
  const book = new DeliveryBook();
  if (parts.asking !== undefined) history = await startSenderHistory(standIns.control, front, book);
  const holdings = parts.holdings(standIns);
  return { name, standIns, instances, front, book, ...(history !== undefined && { history }), holdings, stop };
};
