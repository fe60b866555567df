import { createServer, type Socket } from 'node:net';
import { ServiceBusClient, type ServiceBusReceivedMessage, type ServiceBusSender } from '@azure/service-bus';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { queueDefinition } from '../../../local/service-bus/queue-definition.js';
import { type ServiceBusStandIn, startServiceBus } from '../../../local/service-bus/start-service-bus.js';
import { classifyQueueError } from '../../../src/routing/classify-queue-error.js';
import type { QueueMessage } from '../../../src/routing/event-queue.js';
import { createServiceBusEventQueue, type ServiceBusEventQueue } from '../../../src/routing/service-bus-event-queue.js';
import { systemClock } from '../../../src/time/clock.js';
import { ManualClock } from '../../support/manual-clock.js';
import { settled } from '../../support/until.js';
import { contractQueues, describeEventQueue, sampleMessage } from './event-queue-contract.js';

const never = new AbortController().signal;
const quickRetries = { retryOptions: { maxRetries: 1, retryDelayInMs: 10, timeoutInMs: 1_000 } };
/** What waits for this has not been told at once, on the busiest machine. */
const timeoutInMs = 60_000;
const noRetries = { retryOptions: { maxRetries: 0, timeoutInMs } };

const definitions = [
  queueDefinition(contractQueues.plain),
  queueDefinition(contractQueues.ordered, { requiresSession: true }),
];

const toQueueMessage = (received: ServiceBusReceivedMessage): QueueMessage => ({
  body: Buffer.isBuffer(received.body) ? received.body : Buffer.from('not bytes'),
  messageId: String(received.messageId),
  correlationId: String(received.correlationId),
  subject: received.subject ?? '',
  contentType: received.contentType ?? '',
  applicationProperties: Object.fromEntries(
    Object.entries(received.applicationProperties ?? {})
      .filter(([name]) => name !== 'Diagnostic-Id')
      .map(([name, value]) => [name, String(value)]),
  ),
  ...(received.sessionId !== undefined && { sessionId: received.sessionId }),
});

/** Reads by peeking, as an operator would: takes nothing, locks nothing. */
const peekAll = async (client: ServiceBusClient, queue: string): Promise<readonly QueueMessage[]> => {
  const receiver = client.createReceiver(queue, { skipParsingBodyAsJson: true });
  const found: ServiceBusReceivedMessage[] = [];
  try {
    for (;;) {
      const last = found.at(-1)?.sequenceNumber;
      const next = await receiver.peekMessages(100, last === undefined ? {} : { fromSequenceNumber: last.add(1) });
      if (next.length === 0) return found.map(toQueueMessage);
      found.push(...next);
    }
  } finally {
    await receiver.close();
  }
};

describeEventQueue('Service Bus', async () => {
  const standIn = await startServiceBus({ port: 0, queues: definitions });
  const client = new ServiceBusClient(standIn.connectionString, quickRetries);
  const queue = createServiceBusEventQueue(() => client, systemClock);
  return {
    queue,
    messages: (name) => peekAll(client, name),
    close: async () => {
      await queue.close();
      await standIn.close();
    },
  };
});

describe('Service Bus queue', () => {
  let standIn: ServiceBusStandIn;
  let queue: ServiceBusEventQueue;

  beforeAll(async () => {
    standIn = await startServiceBus({ port: 0, queues: definitions });
    queue = createServiceBusEventQueue(
      async () => new ServiceBusClient(standIn.connectionString, quickRetries),
      systemClock,
    );
  });

  afterAll(async () => {
    await queue.close();
    await standIn.close();
  });

  const codeOf = async (work: Promise<void>): Promise<string> => {
    try {
      await work;
      return 'sent';
    } catch (thrown) {
      return `${classifyQueueError(thrown).verdict} ${classifyQueueError(thrown).error.code}`;
    }
  };

  it('Service Bus queue: a queue that is made after it was missed works at the next send', async () => {
    const missed = await codeOf(queue.send('bot-late', sampleMessage(), never));
    standIn.createQueue(queueDefinition('bot-late'));

    const sent = await codeOf(queue.send('bot-late', sampleMessage(), never));

    expect([missed, sent]).toEqual(['ignored queue-missing', 'sent']);
  });

  it('Service Bus queue: a queue deleted and made again works again', async () => {
    standIn.createQueue(queueDefinition('bot-again'));
    await queue.send('bot-again', sampleMessage(), never);

    standIn.deleteQueue('bot-again');
    const missed = await codeOf(queue.send('bot-again', sampleMessage(), never));
    standIn.createQueue(queueDefinition('bot-again'));
    const sent = await codeOf(queue.send('bot-again', sampleMessage(), never));

    expect([missed, sent]).toEqual(['ignored queue-missing', 'sent']);
  });

  it("Service Bus queue: a disabled queue is the queue's own fault, and works once enabled", async () => {
    standIn.createQueue(queueDefinition('bot-off'));
    standIn.setQueueStatus('bot-off', 'disabled');
    const refused = await codeOf(queue.send('bot-off', sampleMessage(), never));

    standIn.setQueueStatus('bot-off', 'active');
    const sent = await codeOf(queue.send('bot-off', sampleMessage(), never));

    expect([refused, sent]).toEqual(['ignored queue-disabled', 'sent']);
  });

  it("Service Bus queue: a full queue is the queue's own fault", async () => {
    standIn.createQueue(queueDefinition('bot-full', { maxQueueBytes: 1024 }));
    const large = () => sampleMessage({ body: Buffer.alloc(800) });

    const outcomes = [
      await codeOf(queue.send('bot-full', large(), never)),
      await codeOf(queue.send('bot-full', large(), never)),
    ];

    expect(outcomes.at(-1)).toBe('ignored queue-full');
  });

  it('Service Bus queue: a message above the limit is refused and stops nobody', async () => {
    const outcome = await codeOf(
      queue.send(contractQueues.plain, sampleMessage({ body: Buffer.alloc(300_000) }), never),
    );

    expect(outcome).toBe('ignored message-too-large');
    expect(await codeOf(queue.send(contractQueues.plain, sampleMessage(), never))).toBe('sent');
  });

  it('Service Bus queue: a message without a session in an ordered queue is refused', async () => {
    expect(await codeOf(queue.send(contractQueues.ordered, sampleMessage(), never))).toBe('ignored refused');
  });

  it('Service Bus queue: an id that the client does not take is refused', async () => {
    const longSession = sampleMessage({ sessionId: 'x'.repeat(129) });

    expect(await codeOf(queue.send(contractQueues.ordered, longSession, never))).toBe('ignored refused');
    const outcome = await codeOf(
      queue.send(contractQueues.plain, sampleMessage({ messageId: 'x'.repeat(129) }), never),
    );

    expect(outcome).toBe('ignored refused');
  });

  it('Service Bus queue: throttling and a refused identity are faults of the service, and end with it', async () => {
    const fresh = createServiceBusEventQueue(
      () => new ServiceBusClient(standIn.connectionString, quickRetries),
      systemClock,
    );
    standIn.setFault('unauthorized');
    const unauthorized = await codeOf(fresh.send(contractQueues.plain, sampleMessage(), never));
    standIn.setFault('server-busy');
    const throttled = await codeOf(queue.send(contractQueues.plain, sampleMessage(), never));

    standIn.setFault(undefined);
    const after = [
      await codeOf(fresh.send(contractQueues.plain, sampleMessage(), never)),
      await codeOf(queue.send(contractQueues.plain, sampleMessage(), never)),
    ];

    expect([unauthorized, throttled]).toEqual(['failure unauthorized', 'failure throttled']);
    expect(after).toEqual(['sent', 'sent']);
    await fresh.close();
  });

  it('Service Bus queue: once a silent service answers again, the next send goes through at once', async () => {
    const client = new ServiceBusClient(standIn.connectionString, noRetries);
    const patient = createServiceBusEventQueue(() => client, new ManualClock());
    standIn.setFault('unresponsive');
    const silent = await codeOf(patient.send(contractQueues.plain, sampleMessage(), AbortSignal.timeout(100)));
    standIn.setFault(undefined);
    const answeredFrom = performance.now();

    const sent = await codeOf(patient.send(contractQueues.plain, sampleMessage(), never));

    expect([silent, sent]).toEqual(['ignored aborted', 'sent']);
    expect(performance.now() - answeredFrom).toBeLessThan(timeoutInMs / 2);
    await patient.close();
  });

  it('Service Bus queue: a service that was restarted is reached by the next sends', async () => {
    const first = await startServiceBus({ port: 0, queues: definitions });
    const client = new ServiceBusClient(first.connectionString, quickRetries);
    const restarted = createServiceBusEventQueue(() => client, systemClock);
    await restarted.send(contractQueues.plain, sampleMessage(), never);

    await first.close();
    const down = await codeOf(restarted.send(contractQueues.plain, sampleMessage(), never));
    const second = await startServiceBus({ port: first.port, queues: definitions });
    const up = await codeOf(restarted.send(contractQueues.plain, sampleMessage(), never));

    expect([down, up]).toEqual(['failure unavailable', 'sent']);
    await restarted.close();
    await second.close();
  });

  it('Service Bus queue: a probe touches the service and sends nothing', async () => {
    const before = standIn.queues().map(({ name, active }) => [name, active]);

    await queue.probe(contractQueues.plain, never);

    expect(standIn.queues().map(({ name, active }) => [name, active])).toEqual(before);
    expect(await codeOf(queue.probe('bot-nowhere', never))).toBe('ignored queue-missing');
  });
});

/** The real client, counting the senders it is asked for. */
class CountingClient extends ServiceBusClient {
  senders = 0;

  override createSender(queue: string): ServiceBusSender {
    this.senders += 1;
    return super.createSender(queue);
  }
}

describe('senders of a Service Bus queue', () => {
  let standIn: ServiceBusStandIn;
  let client: CountingClient;
  let clock: ManualClock;
  let queue: ServiceBusEventQueue;

  beforeEach(async () => {
    standIn = await startServiceBus({ port: 0, queues: definitions });
    client = new CountingClient(standIn.connectionString, quickRetries);
    clock = new ManualClock();
    queue = createServiceBusEventQueue(() => client, clock);
  });

  afterEach(async () => {
    await queue.close();
    await standIn.close();
  });

  const send = async (name: string, signal = never): Promise<void> =>
    queue.send(name, sampleMessage(), signal).catch(() => {});

  /** A send that is given up after so long. */
  const abandon = async (name: string, afterMs: number): Promise<void> => {
    const controller = new AbortController();
    const sent = send(name, controller.signal);
    await settled();
    clock.advance(afterMs);
    controller.abort();
    await sent;
  };

  it('senders: one serves every send to its queue, throttled ones too', async () => {
    await Promise.all([send(contractQueues.plain), send(contractQueues.plain)]);
    standIn.setFault('server-busy');
    await send(contractQueues.plain);
    standIn.setFault(undefined);
    await send(contractQueues.plain);

    expect(client.senders).toBe(1);
  });

  it('senders: a missing queue leaves none behind', async () => {
    await send(contractQueues.missing);
    await send(contractQueues.missing);

    expect(client.senders).toBe(2);
  });

  it('senders: one that left a send hanging for two seconds is not used again', async () => {
    await send(contractQueues.plain);
    standIn.setFault('unresponsive');
    await abandon(contractQueues.plain, 2_000);
    standIn.setFault(undefined);
    await send(contractQueues.plain);

    expect(client.senders).toBeGreaterThan(1);
  });

  it('senders: one whose caller had little time goes on serving the others', async () => {
    await send(contractQueues.plain);
    standIn.setFault('unresponsive');
    await abandon(contractQueues.plain, 50);
    standIn.setFault(undefined);
    await send(contractQueues.plain);

    expect(client.senders).toBe(1);
  });

  it('senders: an aborted send is not tried again behind its back', async () => {
    await send(contractQueues.plain);
    standIn.setFault('server-busy');
    const slow = new CountingClient(standIn.connectionString, {
      retryOptions: { maxRetries: 5, retryDelayInMs: 100, timeoutInMs: 1_000 },
    });
    const slowQueue = createServiceBusEventQueue(() => slow, systemClock);
    await slowQueue.send(contractQueues.plain, sampleMessage(), AbortSignal.timeout(80)).catch(() => {});
    standIn.setFault(undefined);
    await new Promise((resolve) => setTimeout(resolve, 300));

    expect(standIn.queues().find(({ name }) => name === contractQueues.plain)?.active).toBe(1);
    await slowQueue.close();
  });

  it('senders: closing the queue closes the connection', async () => {
    await send(contractQueues.plain);

    await queue.close();

    expect(() => client.createSender(contractQueues.plain)).toThrow();
  });
});

describe('Service Bus queue without a service', () => {
  it('Service Bus queue: nothing listening is a fault of the service', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => server.close(resolve));
    const queue = createServiceBusEventQueue(() => new ServiceBusClient(connectionTo(port), quickRetries), systemClock);

    const thrown = await queue.send('a', sampleMessage(), never).catch((error: unknown) => error);

    expect(classifyQueueError(thrown)).toMatchObject({ verdict: 'failure', error: { code: 'unavailable' } });
    await queue.close();
  });

  it('Service Bus queue: a service that never answers is left at the abort, at once', async () => {
    const sockets = new Set<Socket>();
    const connected = Promise.withResolvers<void>();
    const server = createServer((socket) => {
      sockets.add(socket);
      connected.resolve();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const queue = createServiceBusEventQueue(() => new ServiceBusClient(connectionTo(port), noRetries), systemClock);
    const controller = new AbortController();

    const answer = queue.send('a', sampleMessage(), controller.signal);
    await connected.promise;
    controller.abort('deadline');
    const atOnce = Promise.race([answer, settled().then(() => 'no answer yet')]);

    await expect(atOnce).rejects.toMatchObject({ code: 'aborted', cause: 'deadline' });
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    await queue.close();
  });

  it('Service Bus queue: a client that cannot be made is the error of the queue, and closing it is harmless', async () => {
    const queue = createServiceBusEventQueue(() => Promise.reject(new Error('no credential')), systemClock);

    await expect(queue.send('a', sampleMessage(), never)).rejects.toMatchObject({ code: 'unexpected' });
    await expect(queue.close()).resolves.toBeUndefined();
  });
});

const connectionTo = (port: number): string =>
  `Endpoint=sb://127.0.0.1:${port};SharedAccessKeyName=a;SharedAccessKey=b;UseDevelopmentEmulator=true`;
