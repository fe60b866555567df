import { randomUUID } from 'node:crypto';
import { ServiceBusClient } from '@azure/service-bus';
import { BlobServiceClient } from '@azure/storage-blob';
import { blobConnectionString } from '../../../local/blob-storage/blob-connection-string.js';
import { startBlobStorage } from '../../../local/blob-storage/start-blob-storage.js';
import { type FaultProxy, startFaultProxy } from '../../../local/faults/start-fault-proxy.js';
import { queueDefinitionsFor } from '../../../local/service-bus/queue-definition.js';
import { type ServiceBusStandIn, startServiceBus } from '../../../local/service-bus/start-service-bus.js';
import { type App, createApp } from '../../../src/composition/app.js';
import { createAzureDependencies } from '../../../src/composition/azure.js';
import type { Dependencies } from '../../../src/composition/dependencies.js';
import { createInvocationLog, type LogSink } from '../../../src/observability/log/log.js';
import type { Bot } from '../../../src/routing/bot.js';
import { QueueError } from '../../../src/routing/queue-error.js';
import { readSettings } from '../../../src/settings/read-settings.js';
import { bodyOf, mergeWarden, notifier, signGithub, testSecret } from '../../support/memory-app.js';
import { postWebhook, type Reply, runTimer } from '../../support/post-webhook.js';

/** One instance of the app on real adapters, which drains its outbox when a test says so and at no other time. */
export interface Instance {
  readonly app: App;
  /** Every log line so far, parsed. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  github(event: string, payload: unknown, delivery: string): Promise<Reply>;
  drain(): Promise<void>;
}

/** What a test changes of an instance's dependencies: the way it kills it. */
export type Change = (dependencies: Dependencies) => Dependencies;

export interface HeldMessage {
  readonly messageId: string;
  readonly sessionId: string | undefined;
}

/** Azurite and the Service Bus stand-in, and any number of instances on them. */
export interface RealApp {
  readonly serviceBus: ServiceBusStandIn;
  /** What stands between the instances and storage. */
  readonly storageProxy: FaultProxy;
  start(change?: Change): Instance;
  /** Stands for the time after which storage ends the leases of an instance that died. */
  endLeases(): Promise<void>;
  names(container: string): Promise<readonly string[]>;
  /** What a bot's queue holds, oldest first. */
  messages(bot: Bot): Promise<readonly HeldMessage[]>;
  close(): Promise<void>;
}

/** Nothing waits for the archive: looking would take a second of each drain. */
const emptyBacklog: Dependencies['backlog'] = {
  open: () => ({ receive: async () => [], count: async () => 0, peek: async () => [], close: async () => {} }),
};

/** Service Bus fails for this instance, at once. */
export const withoutServiceBus: Change = (dependencies) => ({
  ...dependencies,
  queue: { send: () => Promise.reject(new QueueError('unavailable', 'Fails on purpose')) },
});

const bots: readonly Bot[] = [mergeWarden, notifier];

export const startRealApp = async (environment: Readonly<Record<string, string>> = {}): Promise<RealApp> => {
  const storage = await startBlobStorage({ port: 0 });
  const storageProxy = await startFaultProxy({ name: 'blob-storage', listenPort: 0, targetPort: storage.port });
  const serviceBus = await startServiceBus({ port: 0, queues: queueDefinitionsFor(bots) });
  const reading = readSettings({
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    PayloadStorage: blobConnectionString(storageProxy.port),
    ServiceBus: serviceBus.connectionString,
    WEBHOOK_SECRET_GITHUB: testSecret,
    QUEUE_UNAVAILABLE: 'defer',
    CircuitBreaker__serviceBus__failureThreshold: '1000',
    ...environment,
  });
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  const blobs = BlobServiceClient.fromConnectionString(storage.connectionString);
  const client = new ServiceBusClient(serviceBus.connectionString);
  const closing: (() => Promise<void>)[] = [];

  const names = async (container: string): Promise<readonly string[]> => {
    const found: string[] = [];
    if (!(await blobs.getContainerClient(container).exists())) return found;
    for await (const { name } of blobs.getContainerClient(container).listBlobsFlat()) found.push(name);
    // Beside the records, whose names begin with a year, and the payloads lies what else instances tell each other.
    const isOwn = (name: string) =>
      container === 'webhook-outbox' ? name.startsWith('2') : !name.startsWith('seen-bodies/');
    return found.filter(isOwn);
  };

  return {
    serviceBus,
    storageProxy,
    start(change = (dependencies) => dependencies) {
      const lines: Record<string, unknown>[] = [];
      const keep = (line: string) => void lines.push(JSON.parse(line));
      const kept: LogSink = { debug: keep, info: keep, warn: keep, error: keep };
      const log = createInvocationLog(kept);
      const real = createAzureDependencies(reading.settings, bots, { version: '0', instance: randomUUID() });
      closing.push(() => real.close());
      const { drainsBetweenTimers: _, ...dependencies } = real;
      const app = createApp(
        change({
          ...dependencies,
          backlog: emptyBacklog,
          log: { ...log, run: (_sink, work, invocation) => log.run(kept, work, invocation) },
        }),
      );
      return {
        app,
        lines,
        github: (event, payload, delivery) => {
          const body = bodyOf(payload);
          const headers = {
            'content-type': 'application/json',
            'x-github-event': event,
            'x-github-delivery': delivery,
            'x-hub-signature-256': signGithub(body, testSecret),
          };
          return postWebhook(app.receiveWebhook, { headers, body });
        },
        drain: () => runTimer(app.drainOutbox),
      };
    },
    async endLeases() {
      const container = blobs.getContainerClient('webhook-outbox');
      for await (const { name, properties } of container.listBlobsFlat()) {
        const isRecord = name.startsWith('2');
        if (isRecord && properties.leaseState === 'leased')
          await container.getBlobClient(name).getBlobLeaseClient().breakLease(0);
      }
    },
    names,
    async messages({ queue }) {
      const receiver = client.createReceiver(queue);
      const found = await receiver.peekMessages(1_000);
      await receiver.close();
      return found.map(({ messageId, sessionId }) => ({ messageId: String(messageId), sessionId }));
    },
    async close() {
      for (const close of closing) await close();
      await client.close();
      await serviceBus.close();
      await storageProxy.close();
      await storage.close();
    },
  };
};
