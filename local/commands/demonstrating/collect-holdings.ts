import { createHash } from 'node:crypto';
import { BlobServiceClient } from '@azure/storage-blob';
import * as z from 'zod';
import { extractData } from '../../../src/envelope/extract-data.js';
import type { Copy } from '../../ledger/accounts.js';
import type { BotQueue, StackRecord } from '../../stack/stack-record.js';
import { consumeOrdered, consumePlain } from '../consuming/consume.js';
import { withClient } from '../consuming/with-client.js';
import { archiveHolder } from './cast.js';

const envelopeSchema = z.object({ id: z.string() });

const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Every payload in the archive, read back, by the delivery id that its name ends with. */
const readArchive = async ({ blobStorage }: StackRecord): Promise<readonly Copy[]> => {
  const blobs = BlobServiceClient.fromConnectionString(blobStorage.connectionString);
  const container = blobs.getContainerClient('webhook-payloads');
  const copies: Copy[] = [];
  for await (const { name } of container.listBlobsFlat()) {
    // Beside the payloads lies what instances tell each other of the bodies that they accepted.
    if (name.startsWith('seen-bodies/')) continue;
    const bytes = await container.getBlobClient(name).downloadToBuffer();
    copies.push({ id: name.replace(/^.*\/|\.json$/g, ''), sha256: hash(bytes) });
  }
  return copies;
};

const copyIn = (body: unknown): Copy => {
  if (!Buffer.isBuffer(body)) throw new TypeError('A message is not bytes');
  const { id } = envelopeSchema.parse(JSON.parse(body.toString('utf8')));
  const data = extractData(body);
  return { id, sha256: 'bytes' in data ? hash(data.bytes) : 'a claim check' };
};

/** Consumes a bot's queue to its end, as the bot would. */
const consumeQueue = async (record: StackRecord, { queue, ordered }: BotQueue): Promise<readonly Copy[]> => {
  const copies: Copy[] = [];
  await withClient(record, (client) =>
    (ordered ? consumeOrdered : consumePlain)(client, {
      queue,
      limit: Number.POSITIVE_INFINITY,
      follow: false,
      signal: new AbortController().signal,
      onMessage: ({ body }) => copies.push(copyIn(body)),
    }),
  );
  return copies;
};

/** What the archive and every bot hold in the end, payloads by their hash. */
export const collectHoldings = async (record: StackRecord): Promise<ReadonlyMap<string, readonly Copy[]>> => {
  const bots = record.bots.map(async (bot) => [bot.name, await consumeQueue(record, bot)] as const);
  return new Map([[archiveHolder, await readArchive(record)], ...(await Promise.all(bots))]);
};
