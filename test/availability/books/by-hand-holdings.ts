import { createHash } from 'node:crypto';
import { ServiceBusClient, type ServiceBusReceiver } from '@azure/service-bus';
import { BlobServiceClient } from '@azure/storage-blob';
import * as z from 'zod';
import type { HostConnections } from '../../../local/stack/host-environment.js';
import type { ReceivedCopy } from '../../soak/books/bot-inbox.js';
import { byHandContainer, byHandQueue } from '../stack/by-hand-names.js';
import type { HoldingsReader } from './holdings.js';

const messageSchema = z.object({ id: z.string(), payload: z.unknown() });

const receivedAtOnce = 100;
const emptyAfterMs = 500;

/** What a bot reads is JSON made again: the deliveries are compact JSON, so that equal means equal bytes. */
const readCopy = (body: unknown): ReceivedCopy => {
  const { id, payload } = messageSchema.parse(body);
  return { id, sha256: createHash('sha256').update(JSON.stringify(payload)).digest('hex'), sessionId: undefined };
};

const receiveAll = async (receiver: ServiceBusReceiver): Promise<readonly ReceivedCopy[]> => {
  const copies: ReceivedCopy[] = [];
  for (;;) {
    const messages = await receiver.receiveMessages(receivedAtOnce, { maxWaitTimeInMs: emptyAfterMs });
    if (messages.length === 0) return copies;
    copies.push(...messages.map(({ body }) => readCopy(body)));
  }
};

const readQueue = async (connectionString: string): Promise<readonly ReceivedCopy[]> => {
  const client = new ServiceBusClient(connectionString);
  try {
    return await receiveAll(client.createReceiver(byHandQueue, { receiveMode: 'receiveAndDelete' }));
  } finally {
    await client.close();
  }
};

/** Nothing by hand is made good later: what is not in the queue at the end never gets there. */
export const createByHandHoldings = (connections: HostConnections): HoldingsReader => {
  const container = BlobServiceClient.fromConnectionString(connections.blobConnectionString).getContainerClient(
    byHandContainer,
  );
  return {
    whenNothingIsOwed: async () => 0,
    async read() {
      const archive = [];
      for await (const { name } of container.listBlobsFlat()) {
        const bytes = await container.getBlobClient(name).downloadToBuffer();
        const id = name.replace(/^.*\/|\.json$/g, '');
        archive.push({ id, sha256: createHash('sha256').update(bytes).digest('hex'), shard: 0 });
      }
      const copies = await readQueue(connections.serviceBusConnectionString);
      const received = copies.map((copy) => ({ ...copy, shard: 0 }));
      return { archive, bots: [{ name: 'by hand', orderBy: undefined, received }], owed: new Set<string>() };
    },
  };
};
