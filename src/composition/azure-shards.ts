import type { MakeBlob } from '../archive/blob-container.js';
import { createBlobPayloadArchive } from '../archive/blob-payload-archive.js';
import { createServiceBusBacklogSource } from '../outbox/backlog/service-bus-backlog-source.js';
import { createBlobOutboxStore } from '../outbox/record/blob-outbox-store.js';
import { createBlobPresenceStore } from '../presence/blob-presence-store.js';
import type { Bot } from '../routing/bot.js';
import { archiveBacklogQueue } from '../routing/event-queue.js';
import { createServiceBusEventQueue, type ServiceBusEventQueue } from '../routing/service-bus-event-queue.js';
import type { Settings } from '../settings/settings.js';
import { backlogQueueOf } from '../shards/namespace-of.js';
import type { ShardName } from '../shards/shard-of.js';
import { systemClock } from '../time/clock.js';
import type { Dependencies } from './dependencies.js';
import { once } from './once.js';

/** Where each store lies in a storage account. */
export const containers = {
  archive: 'webhook-payloads',
  outbox: 'webhook-outbox',
  deadLetters: 'webhook-dead-letters',
  batches: 'webhook-batches',
  quarantine: 'webhook-quarantine',
} as const;

/** The SDKs, nine tenths of all that is deployed beside telemetry: a file of their own, read when a client is needed. */
export const loadClients = () => import('./clients.js');

/** One storage account, connected at the first use. */
export const openAccount = (settings: Settings['payloadStorage'], makeBlob: () => Promise<MakeBlob>) => {
  const service = once(async () => (await loadClients()).buildBlobService(settings));
  const container = (name: string) => once(async () => (await service()).getContainerClient(name));
  const archive = createBlobPayloadArchive(container(containers.archive), async (...blob) =>
    (await makeBlob())(...blob),
  );
  const outbox = createBlobOutboxStore({
    records: container(containers.outbox),
    deadLetters: container(containers.deadLetters),
  });
  return { service, container, archive, outbox };
};

/** One namespace, connected at the first use. */
export const openNamespace = (settings: Settings['serviceBus']): ServiceBusEventQueue =>
  createServiceBusEventQueue(async () => (await loadClients()).buildServiceBusClient(settings), systemClock);

/** Where a namespace is touched: at a queue that it has. */
export const probedQueue = (bots: readonly Bot[], { namespaces = [] }: Settings, name: ShardName): string => {
  const given = namespaces.flatMap((one) => one.bots ?? []);
  const wanted = namespaces.find((one) => one.name === name)?.bots;
  const bot = bots.find((one) => (wanted === undefined ? !given.includes(one.name) : wanted.includes(one.name)));
  return bot?.queue ?? archiveBacklogQueue;
};

interface Beside {
  readonly bots: readonly Bot[];
  /** The first namespace. */
  readonly first: ServiceBusEventQueue;
}

/** The accounts and namespaces beside the first; most often none. */
export const openShards = (settings: Settings, makeBlob: () => Promise<MakeBlob>) => {
  const accounts = (settings.accounts ?? []).map((one) => ({ name: one.name, ...openAccount(one, makeBlob) }));
  const namespaces = (settings.namespaces ?? []).map((one) => ({ ...one, queue: openNamespace(one) }));
  const shards = ({ bots, first }: Beside): Pick<Dependencies, 'shards'> => ({
    shards: {
      accounts: accounts.map(({ name, archive, outbox, container }) => ({
        name,
        archive,
        outbox,
        presences: createBlobPresenceStore(container(containers.outbox)),
        probe: (signal) => archive.read('health/probe', signal),
      })),
      namespaces: namespaces.map(({ name, bots: own, queue }) => ({
        name,
        bots: own,
        queue,
        probe: (signal) => queue.probe(probedQueue(bots, settings, name), signal),
      })),
      backlog: (namespace, account) => {
        const { client } = namespaces.find(({ name }) => name === namespace)?.queue ?? first;
        return createServiceBusBacklogSource(client, backlogQueueOf(account));
      },
    },
  });
  return {
    bursts: (first: ServiceBusEventQueue): NonNullable<Dependencies['bursts']> => ({
      kind: 'clients',
      clientOf: (wanted) => (namespaces.find(({ name }) => name === wanted)?.queue ?? first).client,
    }),
    shards: (beside: Beside): Pick<Dependencies, 'shards'> =>
      accounts.length + namespaces.length === 0 ? {} : shards(beside),
    clients: (): readonly Promise<unknown>[] => [
      ...accounts.map(({ service }) => service()),
      ...namespaces.map(({ queue }) => queue.client()),
    ],
    close: (): readonly Promise<void>[] => namespaces.map(({ queue }) => queue.close()),
  };
};
