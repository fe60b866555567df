import { readFile } from 'node:fs/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { HttpRequest } from '@azure/functions';
import { ServiceBusClient } from '@azure/service-bus';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import Long from 'long';
import { serviceBusErrors } from '../../../local/faults/service-bus-errors.js';
import { type FaultProxy, startFaultProxy } from '../../../local/faults/start-fault-proxy.js';
import { startStorageErrors } from '../../../local/faults/start-storage-errors.js';
import { startKeyVault } from '../../../local/key-vault/start-key-vault.js';
import { queueDefinitionsFor } from '../../../local/service-bus/queue-definition.js';
import { type ServiceBusStandIn, startServiceBus } from '../../../local/service-bus/start-service-bus.js';
import type { StandInName } from '../../../local/stack/stand-ins.js';
import { isNotThere } from '../../../src/archive/classify-archive-error.js';
import { type App, createApp } from '../../../src/composition/app.js';
import { createAzureDependencies } from '../../../src/composition/azure.js';
import { createInvocationLog } from '../../../src/observability/log/log.js';
import type { Bot } from '../../../src/routing/bot.js';
import { archiveBacklogQueue } from '../../../src/routing/event-queue.js';
import { readSettings } from '../../../src/settings/read-settings.js';
import { LeapingClock } from '../../support/leaping-clock.js';
import { bodyOf, notifier, signGithub, testSecret } from '../../support/memory-app.js';
import { callHandler, type OnLine, postWebhook, type Reply, runTimer } from '../../support/post-webhook.js';
import type { BreakerState } from './cells.js';

/** Where an event lies: each place that holds it. */
export interface Whereabouts {
  readonly archived: boolean;
  readonly queued: boolean;
  readonly backlogged: boolean;
  readonly owed: boolean;
  /** Kept unverified. */
  readonly quarantined: boolean;
}

/** The app over the real SDKs, with dependencies of its own, each behind a fault proxy. */
export interface Site {
  readonly clock: LeapingClock;
  readonly proxies: Readonly<Record<StandInName, FaultProxy>>;
  /** A push to the main branch, signed with the secret that the vault holds unless told another. */
  post(delivery: string, options?: { readonly secret?: string; readonly number?: number }): Promise<Reply>;
  readonly app: App;
  /** Every log line so far, whatever it was written for. */
  readonly lines: readonly string[];
  readonly bus: ServiceBusStandIn;
  /** The ids of the events whose envelopes the bot's queue holds, in their order. */
  delivered(): Promise<readonly unknown[]>;
  breakerState(name: StandInName): Promise<BreakerState>;
  /** How many calls have failed so far. */
  failuresOf(name: StandInName): Promise<number>;
  /** Looks past the proxies, straight at what the dependencies hold. */
  find(delivery: string): Promise<Whereabouts>;
  drain(): Promise<void>;
  close(): Promise<void>;
}

export interface SiteOptions {
  /** Azurite's port, and the account there that is this site's alone. */
  readonly storagePort: number;
  readonly account: StorageAccount;
  /** Where the vault has its certificate; sites share it. */
  readonly vaultDirectory: string;
  /** What one request may take; absent: GitHub's 9 s. */
  readonly budgetMs?: number;
  /** Absent: the notifier alone. */
  readonly bots?: readonly Bot[];
  /** Further settings. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** An account of Azurite. */
export interface StorageAccount {
  readonly name: string;
  readonly key: string;
}

const storageConnection = ({ name, key }: StorageAccount, port: number): string =>
  `DefaultEndpointsProtocol=http;AccountName=${name};AccountKey=${key};BlobEndpoint=http://127.0.0.1:${port}/${name};`;

/** Makes the vault that every site starts from: its secret, and a certificate that this process trusts from now on. */
export const prepareVault = async (vaultDirectory: string): Promise<void> => {
  const initialSecrets = { 'github-webhook-secret': testSecret };
  const vault = await startKeyVault({ port: 0, stateDirectory: vaultDirectory, initialSecrets });
  await vault.close();
  setDefaultCACertificates([...getCACertificates('bundled'), await readFile(vault.caFile, 'utf8')]);
};

const startDependencies = async ({ storagePort, vaultDirectory, bots = [notifier] }: SiteOptions) => {
  const bus = await startServiceBus({ port: 0, queues: queueDefinitionsFor(bots) });
  const vault = await startKeyVault({ port: 0, stateDirectory: vaultDirectory });
  const proxy = (name: StandInName, targetPort: number, errors: Parameters<typeof startFaultProxy>[0]['errors']) =>
    startFaultProxy({ name, listenPort: 0, targetPort, ...(errors !== undefined && { errors }) });
  const proxies = {
    'blob-storage': await proxy('blob-storage', storagePort, await startStorageErrors()),
    'service-bus': await proxy('service-bus', bus.port, serviceBusErrors(bus)),
    'key-vault': await proxy('key-vault', vault.port, { setErrorStatus: vault.setErrorStatus }),
  };
  const close = async (): Promise<void> => {
    await Promise.all(Object.values(proxies).map((each) => each.close()));
    await Promise.all([bus.close(), vault.close()]);
  };
  return { bus, proxies, close };
};

const startInstance = (environment: Readonly<Record<string, string>>, bots: readonly Bot[], onLine: OnLine) => {
  const reading = readSettings({ AZURE_FUNCTIONS_ENVIRONMENT: 'Development', ...environment });
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  const real = createAzureDependencies(reading.settings, bots, { version: '0', instance: 'fault-matrix' });
  const clock = new LeapingClock();
  const log = createInvocationLog({ debug: onLine, info: onLine, warn: onLine, error: onLine });
  return { app: createApp({ ...real, clock, log, drainsBetweenTimers: false }), clock, close: real.close };
};

const headersOf = (body: Buffer, delivery: string, secret: string): Readonly<Record<string, string>> => ({
  'content-type': 'application/json',
  'x-github-event': 'push',
  'x-github-delivery': delivery,
  'x-hub-signature-256': signGithub(body, secret),
});

/** What the queues of a site hold. */
interface QueueReader {
  /** The ids of the events whose envelopes a queue holds, in their order. */
  idsIn(queue: string): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

const readQueues = (bus: ServiceBusStandIn): QueueReader => {
  const client = new ServiceBusClient(bus.connectionString);
  const isEmpty = (queue: string): boolean => bus.queues().find(({ name }) => name === queue)?.active === 0;
  return {
    async idsIn(queue) {
      // Nobody is connected to for that.
      if (isEmpty(queue)) return [];
      const messages = await client.createReceiver(queue).peekMessages(100, { fromSequenceNumber: Long.ZERO });
      return messages.map(({ body }) => body.id);
    },
    close: () => client.close(),
  };
};

/** A container that nothing was written to does not exist. */
const namesIn = async (container: ContainerClient): Promise<readonly string[]> => {
  const names: string[] = [];
  try {
    for await (const { name } of container.listBlobsFlat()) names.push(name);
  } catch (thrown) {
    if (!isNotThere(thrown)) throw thrown;
  }
  return names;
};

const lookInto = ({ storagePort, account }: SiteOptions, { idsIn }: QueueReader): Site['find'] => {
  const blobs = BlobServiceClient.fromConnectionString(storageConnection(account, storagePort));
  const isIn = async (container: string, delivery: string): Promise<boolean> =>
    (await namesIn(blobs.getContainerClient(container))).some((name) => name.endsWith(`/${delivery}.json`));
  const isQuarantined = async (delivery: string): Promise<boolean> => {
    const container = blobs.getContainerClient('webhook-quarantine');
    for (const name of await namesIn(container))
      if ((await container.getBlobClient(name).downloadToBuffer()).includes(`"${delivery}"`)) return true;
    return false;
  };
  return async (delivery) => ({
    archived: await isIn('webhook-payloads', delivery),
    queued: (await idsIn(notifier.queue)).includes(delivery),
    backlogged: (await idsIn(archiveBacklogQueue)).includes(delivery),
    owed: await isIn('webhook-outbox', delivery),
    quarantined: await isQuarantined(delivery),
  });
};

/** Starts one site; everything in it is its own, but for Azurite's process. */
export const startSite = async (options: SiteOptions): Promise<Site> => {
  const { bus, proxies, close: closeDependencies } = await startDependencies(options);
  const port = (name: StandInName): number => proxies[name].port;
  const queues = readQueues(bus);
  const lines: string[] = [];
  const onLine: OnLine = (line) => void lines.push(line);
  const environment = {
    PayloadStorage: storageConnection(options.account, port('blob-storage')),
    ServiceBus: bus.connectionString.replace(`:${bus.port}`, `:${port('service-bus')}`),
    KeyVault__vaultUri: `https://127.0.0.1:${port('key-vault')}`,
    ...(options.budgetMs !== undefined && { REQUEST_BUDGET_MS: String(options.budgetMs) }),
    ...options.environment,
  };
  const { app, clock, close } = startInstance(environment, options.bots ?? [notifier], onLine);
  const snapshotOf = async (name: StandInName) => {
    const request = new HttpRequest({ method: 'GET', url: 'http://localhost/api/circuit-breakers/health' });
    const { body } = await callHandler(app.breakerHealth, request);
    return JSON.parse(body).circuitBreakers[name];
  };
  return {
    clock,
    lines,
    bus,
    proxies,
    find: lookInto(options, queues),
    drain: () => runTimer(app.drainOutbox),
    app,
    delivered: () => queues.idsIn(notifier.queue),
    post(delivery, { secret = testSecret, number } = {}) {
      const body = bodyOf({ ref: 'refs/heads/main', number, repository: { full_name: 'octo-org/octo-repo' } });
      return postWebhook(app.receiveWebhook, { headers: headersOf(body, delivery, secret), body }, onLine);
    },
    breakerState: async (name) => (await snapshotOf(name)).state,
    failuresOf: async (name) => (await snapshotOf(name)).failed,
    async close() {
      await close();
      await queues.close();
      await closeDependencies();
    },
  };
};
