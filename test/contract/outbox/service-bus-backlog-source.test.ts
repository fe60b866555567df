import { ServiceBusClient } from '@azure/service-bus';
import { describe, expect, it } from 'vitest';
import { type QueueDefinition, queueDefinition } from '../../../local/service-bus/queue-definition.js';
import { startServiceBus } from '../../../local/service-bus/start-service-bus.js';
import { createServiceBusBacklogSource } from '../../../src/outbox/backlog/service-bus-backlog-source.js';
import { archiveBacklogQueue } from '../../../src/routing/event-queue.js';
import { createServiceBusEventQueue } from '../../../src/routing/service-bus-event-queue.js';
import { systemClock } from '../../../src/time/clock.js';
import { describeBacklogSource, messageWith } from './backlog-source-contract.js';

const never = new AbortController().signal;
const quickRetries = { retryOptions: { maxRetries: 1, retryDelayInMs: 10, timeoutInMs: 1_000 } };

const start = async (changes: Partial<QueueDefinition> = {}) => {
  const standIn = await startServiceBus({ port: 0, queues: [queueDefinition(archiveBacklogQueue, changes)] });
  const client = new ServiceBusClient(standIn.connectionString, quickRetries);
  const queue = createServiceBusEventQueue(() => client, systemClock);
  const close = async (): Promise<void> => {
    await client.close();
    await standIn.close();
  };
  return { standIn, client, queue, close };
};

describeBacklogSource('Service Bus', async () => {
  const { standIn, client, queue, close } = await start();
  return {
    source: createServiceBusBacklogSource(async () => client),
    send: (message) => queue.send(archiveBacklogQueue, message, never),
    counts: async () => {
      const [counts] = standIn.queues();
      return { waiting: counts?.active ?? 0, deadLettered: counts?.deadLettered ?? 0 };
    },
    close,
  };
});

describe('Service Bus backlog', () => {
  it('a queue that nobody made is said to be missing, and the link closes without a word', async () => {
    const { standIn, client, close } = await start();
    standIn.deleteQueue(archiveBacklogQueue);
    const link = createServiceBusBacklogSource(() => client).open();

    await expect(link.receive(1, never)).rejects.toMatchObject({ name: 'QueueError', code: 'queue-missing' });

    await link.close();
    await close();
  });

  it('a message that nobody settled comes again when its lock runs out, although its link is still open', async () => {
    const { client, queue, close } = await start({ lockDurationMs: 1_000 });
    const source = createServiceBusBacklogSource(() => client);
    const [forgetful, next] = [source.open(), source.open()];
    await queue.send(archiveBacklogQueue, messageWith(Buffer.from('payload')), never);

    const first = await forgetful.receive(1, never);
    let again = await next.receive(1, never);
    for (let tries = 0; tries < 4 && again.length === 0; tries += 1) again = await next.receive(1, never);

    expect([first.length, again.length]).toEqual([1, 1]);
    await forgetful.close();
    await next.close();
    await close();
  });

  it('a service that has gone is unavailable', async () => {
    const { standIn, client } = await start();
    await standIn.close();
    const link = createServiceBusBacklogSource(() => client).open();

    await expect(link.receive(1, never)).rejects.toMatchObject({ name: 'QueueError', code: 'unavailable' });

    await link.close();
    await client.close();
  });
});
