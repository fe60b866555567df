import { DefaultAzureCredential } from '@azure/identity';
import { ServiceBusClient } from '@azure/service-bus';
import { createArchiveDownload } from './archive-download.js';
import { lineOf, runBot } from './run-bot.js';
import { openSeen } from './seen-in-storage.js';

const { ServiceBus, ServiceBus__fullyQualifiedNamespace, PayloadStorage, SEEN_CONTAINER_URL } = process.env;
const { QUEUE = 'bot-merge-warden' } = process.env;

const client =
  ServiceBus === undefined
    ? new ServiceBusClient(ServiceBus__fullyQualifiedNamespace ?? '', new DefaultAzureCredential())
    : new ServiceBusClient(ServiceBus);

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());

await runBot({
  client,
  queue: QUEUE,
  download: createArchiveDownload(PayloadStorage),
  seen: await openSeen({ connectionString: PayloadStorage, containerUrl: SEEN_CONTAINER_URL }),
  handle: async (event, payload) => console.log(lineOf(event, payload)),
  signal: stopping.signal,
});
await client.close();
