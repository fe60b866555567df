import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { ServiceBusClient } from '@azure/service-bus';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { queueDefinition } from '../../../local/service-bus/queue-definition.js';
import { type ServiceBusStandIn, startServiceBus } from '../../../local/service-bus/start-service-bus.js';
import { createServiceBusEventQueue, type ServiceBusEventQueue } from '../../../src/routing/service-bus-event-queue.js';
import { ManualClock } from '../../support/manual-clock.js';
import { settled } from '../../support/until.js';
import { sampleMessage } from './event-queue-contract.js';

const never = new AbortController().signal;
const queueName = 'bot-plain';

/** What stands between an app and the namespace: a connection through it may die without a word, as behind a gateway that forgot it. */
class Line {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  readonly #dead = new Set<Socket>();
  /** Whether what is connected from now on is dead, too. */
  isDead = false;
  connections = 0;

  constructor(targetPort: number) {
    this.#server = createServer((near) => {
      this.connections += 1;
      const far = connect({ host: '127.0.0.1', port: targetPort });
      const pair = [near, far] as const;
      this.#pairs.add(pair);
      if (this.isDead) this.#dead.add(near);
      near.on('data', (bytes) => this.#dead.has(near) || far.write(bytes));
      far.on('data', (bytes) => this.#dead.has(near) || near.write(bytes));
      for (const socket of pair) {
        socket.on('error', () => {});
        socket.on('close', () => {
          this.#pairs.delete(pair);
          for (const other of pair) other.destroy();
        });
      }
    });
  }

  async listen(): Promise<string> {
    this.#server.listen({ port: 0, host: '127.0.0.1' });
    await once(this.#server, 'listening');
    const address = this.#server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return `Endpoint=sb://127.0.0.1:${port};SharedAccessKeyName=a;SharedAccessKey=b;UseDevelopmentEmulator=true`;
  }

  get open(): number {
    return this.#pairs.size;
  }

  /** What is connected now says and hears nothing any more. */
  die(): void {
    for (const [near] of this.#pairs) this.#dead.add(near);
  }

  close(): void {
    this.#server.close();
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }
}

describe('a connection that dies without a word', () => {
  let standIn: ServiceBusStandIn;
  let line: Line;
  let queue: ServiceBusEventQueue;
  let connectionString: string;
  let clock: ManualClock;
  let made: number;

  beforeEach(async () => {
    standIn = await startServiceBus({ port: 0, queues: [queueDefinition(queueName)] });
    line = new Line(standIn.port);
    connectionString = await line.listen();
    clock = new ManualClock();
    made = 0;
    queue = createServiceBusEventQueue(() => {
      made += 1;
      return new ServiceBusClient(connectionString, { retryOptions: { maxRetries: 5, timeoutInMs: 60_000 } });
    }, clock);
    await queue.send(queueName, sampleMessage(), never);
  });

  afterEach(async () => {
    // Closing a connection that is dead takes the SDK a minute.
    void queue.close().catch(() => {});
    line.close();
    await standIn.close();
  });

  const active = () => standIn.queues().find(({ name }) => name === queueName)?.active;

  it('another one takes its place after two seconds; who waits is served there, and each message is in its queue once', async () => {
    line.die();

    const sent = Promise.all(Array.from({ length: 10 }, () => queue.send(queueName, sampleMessage(), never)));
    await settled();
    clock.advance(1_999);
    await settled();
    const madeBefore = made;
    clock.advance(1);
    await sent;
    await queue.send(queueName, sampleMessage(), never);

    expect(madeBefore).toBe(1);
    expect(active()).toBe(12);
    expect(made).toBe(2);
    expect(line.connections).toBe(2);
  });

  it('when what is opened beside it is dead too, yet another one is tried, and none but the last stays', async () => {
    line.die();
    line.isDead = true;
    const sent = queue.send(queueName, sampleMessage(), never);
    await settled();
    clock.advance(2_000);
    await expect.poll(() => line.connections).toBe(2);
    line.isDead = false;

    clock.advance(4_000);
    await settled();
    clock.advance(2_000);
    await sent;

    expect(made).toBe(3);
    expect(active()).toBe(2);
  });

  it('an abort ends a send that waits on it, at once', async () => {
    line.die();

    await expect(queue.send(queueName, sampleMessage(), AbortSignal.timeout(100))).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(made).toBe(1);
  });
});
