import { randomUUID } from 'node:crypto';
import { ServiceBusClient } from '@azure/service-bus';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { queueDefinitionsFor } from '../../../local/service-bus/queue-definition.js';
import { type ServiceBusStandIn, startServiceBus } from '../../../local/service-bus/start-service-bus.js';
import type { BurstSource } from '../../../src/coalescing/burst-source.js';
import { coalescingQueue } from '../../../src/coalescing/coalescing-queue.js';
import { createDrainBursts } from '../../../src/coalescing/drain-bursts.js';
import { createServiceBusBurstSource } from '../../../src/coalescing/service-bus-burst-source.js';
import { burstQueueOf } from '../../../src/routing/bot.js';
import type { EventQueue, QueueMessage } from '../../../src/routing/event-queue.js';
import { createServiceBusEventQueue } from '../../../src/routing/service-bus-event-queue.js';
import { systemClock } from '../../../src/time/clock.js';
import { createMemoryBurstSource } from '../../support/memory/burst-source.js';
import { createMemoryEventQueue } from '../../support/memory/event-queue.js';

const never = new AbortController().signal;
const bot = {
  name: 'latest',
  queue: 'latest',
  events: ['*'],
  ordered: true,
  orderBy: 'entity',
  coalesce: { quietSeconds: 1, maxWaitSeconds: 60 },
} as const;
const burstQueue = burstQueueOf(bot.queue);

const event = (id: string, sessionId: string, dueInMs: number): QueueMessage => ({
  body: Buffer.from(JSON.stringify({ specversion: '1.0', id })),
  messageId: id,
  sessionId,
  correlationId: 'c',
  subject: 'github.push',
  contentType: 'application/cloudevents+json',
  applicationProperties: { type: 'github.push' },
  dueAt: new Date(systemClock.epochMs() + dueInMs),
});

interface OnTest {
  readonly queue: EventQueue;
  readonly source: BurstSource;
  readonly close: () => Promise<void>;
}

const onMemory = async (): Promise<OnTest> => {
  const queue = createMemoryEventQueue();
  return { queue, source: createMemoryBurstSource((name) => queue.messages(name), systemClock), close: async () => {} };
};

let standIn: ServiceBusStandIn;

beforeAll(async () => {
  standIn = await startServiceBus({ port: 0, queues: queueDefinitionsFor([bot]) });
});

afterAll(() => standIn.close());

const onServiceBus = async (at = standIn): Promise<OnTest> => {
  const client = new ServiceBusClient(at.connectionString, {
    retryOptions: { maxRetries: 1, timeoutInMs: 5_000 },
  });
  const queue = createServiceBusEventQueue(() => client, systemClock);
  return { queue, source: createServiceBusBurstSource(() => client, systemClock), close: () => client.close() };
};

describe.each([
  ['memory', onMemory],
  ['Service Bus', () => onServiceBus()],
] as const)('burst source: %s', (_title, open) => {
  let on: OnTest;

  beforeEach(async () => {
    on = await open();
  });

  afterEach(() => on.close());

  it('counts the bursts that wait, and says when the oldest became due, while others hold them', async () => {
    const { queue, source } = on;
    const before = await source.count(burstQueue, never);
    const [one, other] = [randomUUID(), randomUUID()];
    const soon = event(`${one}-1`, one, -1_000);
    for (const each of [soon, event(`${one}-2`, one, 60_000), event(`${other}-1`, other, 60_000)])
      await queue.send(burstQueue, each, never);

    const count = await source.count(burstQueue, never);

    expect(count.bursts - before.bursts).toBe(2);
    expect(count.oldestDueAtMs).toBeLessThan(systemClock.epochMs());
    const session = await source.next(burstQueue, never);
    await session?.complete(1, never);
    await session?.close();
  });

  it('holds a session of which something is due, shows what is to come, keeps its state, and takes out the oldest', async () => {
    const { queue, source } = on;
    const session = randomUUID();
    for (const [id, dueInMs] of [
      ['one', -1],
      ['two', -1],
      ['later', 600_000],
    ] as const)
      await queue.send(burstQueue, event(`${id}-${session}`, session, dueInMs), never);

    const held = await source.next(burstQueue, never);
    const other = await source.next(burstQueue, never);
    const waiting = (await held?.waiting(never)) ?? [];
    const before = await held?.readState(never);
    await held?.writeState(Buffer.from('{"a":"ü"}'), never);
    await held?.complete(1, never);
    await held?.close();
    const again = await source.next(burstQueue, never);
    const left = await again?.waiting(never);

    expect(held?.sessionId).toBe(session);
    expect(other).toBeUndefined();
    expect(waiting.filter(({ isDue }) => isDue).map(({ message }) => message.messageId)).toEqual([
      `one-${session}`,
      `two-${session}`,
    ]);
    expect(waiting).toHaveLength(3);
    expect(left?.map(({ message }) => message.messageId)).toEqual(
      waiting.slice(1).map(({ message }) => message.messageId),
    );
    expect(waiting[0]?.message).toMatchObject({ sessionId: session, applicationProperties: { type: 'github.push' } });
    expect(before).toBeUndefined();
    expect((await again?.readState(never))?.toString()).toBe('{"a":"ü"}');
    await again?.writeState(undefined, never);
    expect(await again?.readState(never)).toBeUndefined();
    await again?.complete(1, never);
    await again?.close();
    expect(await source.next(burstQueue, never)).toBeUndefined();
  });

  it('ends with the abort', async () => {
    await expect(on.source.next(burstQueue, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('a burst on Service Bus', () => {
  it('becomes one message in the queue of the bot, in its session, that names what it stands for', async () => {
    const own = await startServiceBus({ port: 0, queues: queueDefinitionsFor([bot]) });
    const { queue, source, close } = await onServiceBus(own);
    const sent = coalescingQueue(queue, [bot], systemClock);
    const ids = Array.from({ length: 20 }, (_, n) => `burst-${n}`);
    for (const id of ids) {
      const { dueAt: _dueAt, ...message } = event(id, 'branch', 0);
      await sent.send(bot.queue, message, never);
    }
    const drain = createDrainBursts({
      bots: [bot],
      source,
      serviceBus: { isHealthy: true, call: async (work) => ({ ok: true, value: await work(never) }) },
      send: async (name, message) => ({ ok: true, value: await queue.send(name, message, never) }),
      clock: systemClock,
      log: { write: () => {} },
    });

    await expect
      .poll(async () => {
        await drain(Number.POSITIVE_INFINITY);
        return own.queues().find(({ name }) => name === bot.queue)?.active;
      })
      .toBe(1);
    const receiver = await new ServiceBusClient(own.connectionString).acceptSession(bot.queue, 'branch');
    const [message] = await receiver.receiveMessages(2, { maxWaitTimeInMs: 500 });

    expect(message).toMatchObject({ sessionId: 'branch', messageId: 'burst-19' });
    expect(JSON.parse(String(message?.applicationProperties?.['coalescedids']))).toEqual(ids);
    expect(own.queues().find(({ name }) => name === burstQueue)).toMatchObject({ active: 0 });
    await close();
    await own.close();
  });
});
