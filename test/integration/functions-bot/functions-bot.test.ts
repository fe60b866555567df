import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { ServiceBusClient } from '@azure/service-bus';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BlobStorage, startBlobStorage } from '../../../local/blob-storage/start-blob-storage.js';
import { queueDefinition } from '../../../local/service-bus/queue-definition.js';
import { type ServiceBusStandIn, startServiceBus } from '../../../local/service-bus/start-service-bus.js';
import { encodeEnvelope } from '../../../src/envelope/encode-envelope.js';
import type { EnvelopeData } from '../../../src/envelope/event-envelope.js';
import { type LoadedFunctionsApp, loadFunctionsApp } from '../../support/minimal-functions-core.js';
import { sampleAttributes } from '../../unit/envelope/sample-attributes.js';
import { type HostProcess, startHostProcess } from '../functions-host/host-process.js';

const app = resolve(import.meta.dirname, '../../../dist/examples/functions-bot');
const queue = 'bot-merge-warden';

const envelope = (id: string, data: EnvelopeData = { kind: 'json', bytes: Buffer.from('{"n":1.0}') }): Buffer =>
  encodeEnvelope({ ...sampleAttributes, id }, data);

describe('the bot as a Functions app', () => {
  let storage: BlobStorage;
  let environment: Readonly<Record<string, string>>;

  beforeAll(async () => {
    storage = await startBlobStorage({ port: 0 });
    const { connectionString } = storage;
    environment = { AzureWebJobsStorage: connectionString, ArchiveStorage: connectionString, QUEUE: queue };
  });

  afterAll(() => storage?.close());

  describe("run by Microsoft's worker", () => {
    let loaded: LoadedFunctionsApp;

    beforeAll(async () => {
      loaded = await loadFunctionsApp(resolve(app, 'dist/index.cjs'), { env: environment });
    });

    afterAll(() => loaded?.close());

    it('asks for its queue with sessions, and for bytes', () => {
      const [bot] = loaded.functions;

      expect(Object.values(bot?.bindings ?? {})[0]).toMatchObject({
        type: 'serviceBusTrigger',
        queueName: queue,
        connection: 'ServiceBus',
        isSessionsEnabled: true,
        dataType: 'binary',
      });
    });

    it('works on what the trigger hands over, once, and says so the second time', async () => {
      const invocation = {
        data: envelope('worker-1'),
        metadata: { MessageId: 'm', SessionId: 's', DeliveryCount: 1, ApplicationProperties: { provider: 'github' } },
      };
      const first = await loaded.invokeData('bot', invocation);
      const second = await loaded.invokeData('bot', invocation);

      expect(first.map((line) => JSON.parse(line))).toEqual([expect.objectContaining({ id: 'worker-1', bytes: 9 })]);
      expect(second).toEqual(['worker-1 has been worked on before']);
    });

    it('works on an object all the same, and says what it has lost and how to have it whole', async () => {
      const data = envelope('worker-2', { kind: 'json', bytes: Buffer.from('{"n":820982911946154508}') }).toString();
      const [warning, line = ''] = await loaded.invokeData('bot', { data });

      expect(warning).toBe('The trigger has parsed the message (lost: form, digits): set dataType to binary');
      expect(JSON.parse(line)).toMatchObject({ id: 'worker-2' });
    });

    it('fetches a claim check from the archive and checks it', async () => {
      const bytes = Buffer.alloc(300_000, 'webhook ');
      const container = BlobServiceClient.fromConnectionString(storage.connectionString).getContainerClient('payloads');
      await container.createIfNotExists();
      const blob = container.getBlockBlobClient('large.json');
      await blob.uploadData(bytes);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const data: EnvelopeData = { kind: 'claim-check', url: blob.url, sha256, size: bytes.length };
      const [line = ''] = await loaded.invokeData('bot', { data: envelope('worker-3', data) });

      expect(JSON.parse(line)).toMatchObject({ id: 'worker-3', bytes: bytes.length });
      await expect(
        loaded.invokeData('bot', { data: envelope('worker-4', { ...data, sha256: '0'.repeat(64) }) }),
      ).rejects.toThrow('its hash differs');
    });

    it('fails for what is no event, so that Service Bus puts it aside', async () => {
      await expect(loaded.invokeData('bot', { data: 'nonsense' })).rejects.toThrow('no event envelope');
    });
  });

  describe('run by the built-in host beside the local stack', () => {
    let serviceBus: ServiceBusStandIn;
    let client: ServiceBusClient;
    let host: HostProcess;

    beforeAll(async () => {
      const queues = [queueDefinition(queue, { requiresSession: true, maxDeliveryCount: 2 })];
      serviceBus = await startServiceBus({ port: 0, queues });
      client = new ServiceBusClient(serviceBus.connectionString);
      host = await startHostProcess({ app, env: { ...environment, ServiceBus: serviceBus.connectionString } });
    });

    afterAll(async () => {
      await host?.end();
      await client?.close();
      await serviceBus?.close();
    });

    const left = () => serviceBus.queues().find(({ name }) => name === queue);

    it('works session by session in order, and leaves what is no event among the dead letters', async () => {
      const sender = client.createSender(queue);
      const bodies = [envelope('1'), Buffer.from('nonsense'), envelope('2'), envelope('3')];
      for (const [index, body] of bodies.entries())
        await sender.sendMessages({ body, messageId: `m${index}`, sessionId: 'one' });
      await sender.sendMessages({ body: envelope('other'), messageId: 'other', sessionId: 'two' });
      await expect.poll(() => left()?.active).toBe(0);

      const ids = [...host.output().matchAll(/\{"id":"([^"]+)"/g)].map(([, id]) => id);
      expect(ids.filter((id) => id !== 'other')).toEqual(['1', '2', '3']);
      expect(ids).toContain('other');
      expect(left()?.deadLettered).toBe(1);
      expect(host.output()).toContain('The body is no event envelope');
      await sender.close();
    });

    it('ends with what it works on settled', async () => {
      const sender = client.createSender(queue);
      await sender.sendMessages({ body: envelope('last'), messageId: 'last', sessionId: 'three' });
      await host.printed('"id":"last"');

      expect(await host.end()).toBe(0);
      expect(left()?.active).toBe(0);
      await sender.close();
    });
  });
});
