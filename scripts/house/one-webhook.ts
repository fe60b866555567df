import { createServer } from 'node:http';
import { join } from 'node:path';
import { ServiceBusClient, type ServiceBusSender } from '@azure/service-bus';
import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { queueDefinition } from '../../local/service-bus/queue-definition.js';
import { startServiceBus } from '../../local/service-bus/start-service-bus.js';
import { createBlobPayloadArchive } from '../../src/archive/blob-payload-archive.js';
import { createMakeBlob } from '../../src/archive/make-blob.js';
import type { Dependencies } from '../../src/composition/dependencies.js';
import { createServiceBusEventQueue } from '../../src/routing/service-bus-event-queue.js';
import { systemClock } from '../../src/time/clock.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { createMemoryBodyLog } from '../../test/support/memory/body-log.js';
import { createMemoryPresenceStore } from '../../test/support/memory/presence-store.js';
import { createMemoryApp, mergeWarden, notifier } from '../../test/support/memory-app.js';
import { CallStacks } from './call-stacks.js';
import { coverCalls } from './cover-calls.js';

/**
 * Takes one webhook of GitHub for two bots, in a process of its own, and prints as JSON which files and functions of `src/` ran for it, and
 * through which files its calls went. The app is joined as usual. Payloads go by the real adapter to a server that takes every blob, messages by the
 * real adapter and SDK to the Service Bus stand-in; the other stores are in memory. Two webhooks before it have made every connection. No time
 * passes for the app, so that a slow machine sees no call that is overdue.
 */
const root = join(import.meta.dirname, '../..');
/** Told when an adapter hands something to what sends it. */
const way = { look: (_name: string): void => {} };

/** Looks at the stack when a message is handed to the SDK. */
class WatchedClient extends ServiceBusClient {
  override createSender(queue: string): ServiceBusSender {
    const sender = super.createSender(queue);
    const send = sender.sendMessages.bind(sender);
    sender.sendMessages = (...given) => {
      way.look('queue');
      return send(...given);
    };
    return sender;
  }
}

const blobServer = createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(201, { etag: '"1"' }).end());
});
await new Promise<void>((resolve) => blobServer.listen(0, '127.0.0.1', resolve));
const address = blobServer.address();
if (address === null || typeof address === 'string') throw new Error('The server has no port');
const serviceBus = await startServiceBus({
  port: 0,
  queues: [mergeWarden, notifier].map(({ queue, ordered }) => ({
    ...queueDefinition(queue),
    requiresSession: ordered,
  })),
});

const container = new ContainerClient(
  `http://127.0.0.1:${address.port}/account/webhook-payloads`,
  new StorageSharedKeyCredential('account', Buffer.from('key').toString('base64')),
);
const makeBlob = createMakeBlob({
  retries: { maxTries: 1, retryDelayInMs: 1, maxRetryDelayInMs: 1 },
  clock: systemClock,
});
const archive = createBlobPayloadArchive(container, (...blob) => {
  way.look('archive');
  return makeBlob(...blob);
});
const withAdapters = (dependencies: Dependencies): Dependencies => ({
  ...dependencies,
  bodyLog: createMemoryBodyLog(new Map(), 'house'),
  archive,
  queue: createServiceBusEventQueue(() => new WatchedClient(serviceBus.connectionString), dependencies.clock),
});

const memory = createMemoryApp({ wrap: withAdapters, presences: createMemoryPresenceStore(new ManualClock()) });

const post = async (number: number): Promise<void> => {
  const { status, body } = await memory.github(
    'pull_request',
    {
      action: 'opened',
      number,
      pull_request: { number, html_url: `https://github.com/octo/house/pull/${number}` },
      repository: { full_name: 'octo/house', html_url: 'https://github.com/octo/house' },
      sender: { login: 'octocat' },
    },
    { delivery: `b16b00b5-0000-4000-8000-00000000000${number}` },
  );
  if (status !== 202) throw new Error(`Answered ${status}: ${body}`);
};

await memory.app.presence?.announce();
await post(1);
await post(2);
const files = await coverCalls(
  root,
  [3, 4, 5].map((number) => () => post(number)),
);

/** Of the first webhook that takes its ordinary way to both stores: on a busy machine one may take the last resort as well. */
const watchLayers = async (number: number): Promise<Readonly<Record<'archive' | 'queue', readonly string[]>>> => {
  const stacks = new CallStacks(root, 'src/ingest/persist.ts');
  way.look = (name) => stacks.look(name);
  await post(number);
  stacks.close();
  const archive = [...new Set(['src/archive/make-blob.ts', ...stacks.layersOf('archive')])];
  const queue = stacks.layersOf('queue');
  const isOrdinary = ![...archive, ...queue].some((file) => file.startsWith('src/last-resort/'));
  return isOrdinary || number === 9 ? { archive, queue } : watchLayers(number + 1);
};

console.log(JSON.stringify({ files, layers: await watchLayers(6) }));
process.exit(0);
