import { randomUUID } from 'node:crypto';
import { ServiceBusClient } from '@azure/service-bus';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createArchiveDownload } from '../../../examples/bot/archive-download.js';
import { runBot } from '../../../examples/bot/run-bot.js';
import { openSeen } from '../../../examples/bot/seen-in-storage.js';
import { type BlobStorage, startBlobStorage } from '../../../local/blob-storage/start-blob-storage.js';
import { queueDefinition } from '../../../local/service-bus/queue-definition.js';
import { type ServiceBusStandIn, startServiceBus } from '../../../local/service-bus/start-service-bus.js';
import { createBlobPayloadArchive } from '../../../src/archive/blob-payload-archive.js';
import { createMakeBlob } from '../../../src/archive/make-blob.js';
import { encodeEnvelope } from '../../../src/envelope/encode-envelope.js';
import { systemClock } from '../../../src/time/clock.js';
import { samplePayload } from '../../unit/archive/sample-payload.js';

const queue = 'bot-merge-warden';
const never = new AbortController().signal;
const largest = 25 * 1024 * 1024;

describe('example bot', () => {
  let storage: BlobStorage;
  let serviceBus: ServiceBusStandIn;
  let client: ServiceBusClient;

  beforeAll(async () => {
    storage = await startBlobStorage({ port: 0 });
    serviceBus = await startServiceBus({ port: 0, queues: [queueDefinition(queue, { requiresSession: true })] });
    client = new ServiceBusClient(serviceBus.connectionString, { retryOptions: { maxRetries: 0, timeoutInMs: 1_000 } });
  });

  afterAll(async () => {
    await client?.close();
    await serviceBus?.close();
    await storage?.close();
  });

  const send = async (sessionId: string, body: Buffer): Promise<void> => {
    const sender = client.createSender(queue);
    await sender.sendMessages({
      body,
      messageId: randomUUID(),
      sessionId,
      contentType: 'application/cloudevents+json',
    });
    await sender.close();
  };

  it('gets each event once with its payload in order, 25 MB by claim check too, and puts nonsense aside', async () => {
    const container = BlobServiceClient.fromConnectionString(storage.connectionString).getContainerClient('payloads');
    const large = samplePayload({ body: Buffer.alloc(largest, 'webhook ') });
    const retries = { maxTries: 1, retryDelayInMs: 0, maxRetryDelayInMs: 0 };
    const archive = createBlobPayloadArchive(container, createMakeBlob({ retries, clock: systemClock }));
    const { url } = await archive.put(large, never);
    const { attributes, sha256 } = large;
    await send('one', encodeEnvelope({ ...attributes, id: '1' }, { kind: 'json', bytes: Buffer.from('{"n":1.0}') }));
    await send('one', Buffer.from('nonsense'));
    await send('one', encodeEnvelope({ ...attributes, id: '2' }, { kind: 'claim-check', url, sha256, size: largest }));
    // As a replay with `force` sends it: under a message id of its own.
    await send('one', encodeEnvelope({ ...attributes, id: '1' }, { kind: 'json', bytes: Buffer.from('{"n":1.0}') }));
    await send('one', encodeEnvelope({ ...attributes, id: '1' }, { kind: 'json', bytes: Buffer.from('{"n":2.0}') }));
    await send('two', encodeEnvelope({ ...attributes, id: '3' }, { kind: 'json', bytes: Buffer.from('3') }));

    const handled: { readonly id: string; readonly payload: Buffer }[] = [];
    const stopping = new AbortController();
    let failures = 1;
    await runBot({
      client,
      queue,
      download: createArchiveDownload(storage.connectionString),
      seen: await openSeen({ connectionString: storage.connectionString, containerUrl: undefined }),
      handle: async (event, payload) => {
        failures -= 1;
        if (failures === 0) throw new Error('the bot stumbles once');
        handled.push({ id: event.attributes.id, payload });
        if (handled.length === 4) stopping.abort();
      },
      signal: stopping.signal,
    });

    expect(handled.map(({ id }) => id)).toEqual(['1', '2', '1', '3']);
    expect(handled[0]?.payload.toString()).toBe('{"n":1.0}');
    expect(handled[1]?.payload.equals(large.body)).toBe(true);
    expect(serviceBus.queues()).toMatchObject([{ active: 0, deadLettered: 1 }]);
  });
});
