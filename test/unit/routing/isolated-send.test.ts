import { beforeEach, describe, expect, it } from 'vitest';
import { CircuitBreaker } from '../../../src/circuit-breaker/circuit-breaker.js';
import { KeyedBreakers } from '../../../src/circuit-breaker/registry.js';
import { classifyQueueError } from '../../../src/routing/classify-queue-error.js';
import type { QueueMessage } from '../../../src/routing/event-queue.js';
import type { QueueError } from '../../../src/routing/queue-error.js';
import {
  classifyQueueFault,
  guardedSend,
  isolatedSend,
  type QueueFault,
  queueBreakerName,
  queueBreakerOptions,
} from '../../../src/routing/route-event.js';
import { serviceBusBreakerOptions } from '../../../src/settings/azure-breaker-options.js';
import { ManualClock } from '../../support/manual-clock.js';
import { createMemoryEventQueue } from '../../support/memory/event-queue.js';
import { settled } from '../../support/until.js';

const createIsolated = () => {
  const clock = new ManualClock();
  const queue = createMemoryEventQueue();
  const asked: string[] = [];
  const namespace = new CircuitBreaker<void, QueueError>({
    name: 'service-bus',
    options: serviceBusBreakerOptions,
    classify: classifyQueueError,
    clock,
  });
  const counted = {
    send: (name: string, message: QueueMessage, signal: AbortSignal) => {
      asked.push(name);
      return queue.send(name, message, signal);
    },
  };
  const breakers = new KeyedBreakers<void, QueueFault>({
    limit: 10,
    create: (name) =>
      new CircuitBreaker({
        name: queueBreakerName(name),
        options: queueBreakerOptions,
        classify: classifyQueueFault,
        clock,
      }),
  });
  const send = isolatedSend(guardedSend(counted, namespace), breakers);
  let messages = 0;
  const sendTo = (name: string, timeoutMs = 5_000) => {
    messages += 1;
    const message: QueueMessage = {
      body: Buffer.from('{}'),
      messageId: `message-${messages}`,
      correlationId: 'c',
      subject: 's',
      contentType: 'application/json',
      applicationProperties: {},
    };
    return send(name, message, timeoutMs);
  };
  return { clock, queue, asked, namespace, breakers, sendTo };
};

describe('isolated send', () => {
  let isolated: ReturnType<typeof createIsolated>;

  beforeEach(() => {
    isolated = createIsolated();
  });

  const refuse = async (times: number) => {
    isolated.queue.setFault({ kind: 'error', code: 'queue-missing' }, 'gone');
    for (let n = 0; n < times; n += 1) await isolated.sendTo('gone');
  };

  it('a queue that was missing three times running is left alone, and its sends still say why', async () => {
    await refuse(3);

    const result = await isolated.sendTo('gone');

    expect(isolated.asked).toHaveLength(3);
    expect(result).toMatchObject({ ok: false, error: { kind: 'operation-failed', cause: { code: 'queue-missing' } } });
  });

  it('other queues, and the namespace, notice nothing', async () => {
    await refuse(20);

    const result = await isolated.sendTo('there');

    expect(result.ok).toBe(true);
    expect(isolated.namespace.state).toBe('Closed');
    expect(isolated.namespace.snapshot().failed).toBe(0);
  });

  it('a queue that exists again is served after the cool-down', async () => {
    await refuse(3);
    isolated.queue.setFault(undefined, 'gone');
    isolated.clock.advance(30_000);

    const results = [await isolated.sendTo('gone'), await isolated.sendTo('gone')];

    expect(results.map(({ ok }) => ok)).toEqual([true, true]);
    expect(isolated.breakers.get('gone').state).toBe('Closed');
  });

  it('a sender with little time that is its probe holds up nobody with more: who has it is the next probe', async () => {
    const { queue, clock, sendTo } = createIsolated();
    queue.setFault({ kind: 'error', code: 'queue-missing' });
    for (let n = 0; n < 3; n += 1) await sendTo('bot-a');
    clock.advance(queueBreakerOptions.coolDownMs);
    queue.setFault({ kind: 'hang' });
    const impatient = sendTo('bot-a', 1_900);
    const patient = sendTo('bot-a', 5_000);
    const asImpatient = await Promise.race([sendTo('bot-a', 1_900), settled()]);

    queue.setFault(undefined);
    clock.advance(1_900);

    expect(asImpatient).toMatchObject({ ok: false, error: { cause: { code: 'queue-missing' } } });
    expect(await impatient).toMatchObject({ ok: false, error: { kind: 'timeout' } });
    expect(await patient).toEqual({ ok: true, value: undefined });
  });

  it("faults of the whole service open the namespace's breaker and no queue's", async () => {
    isolated.queue.setFault({ kind: 'error', code: 'unavailable' });
    for (let n = 0; n < 5; n += 1) await isolated.sendTo('bot');

    const result = await isolated.sendTo('bot');

    expect(result).toMatchObject({ ok: false, error: { kind: 'circuit-open', breaker: 'service-bus' } });
    expect(isolated.breakers.get('bot').state).toBe('Closed');
  });

  it('a message that is refused says nothing about its queue', async () => {
    isolated.queue.setFault({ kind: 'error', code: 'message-too-large' }, 'bot');
    for (let n = 0; n < 10; n += 1) await isolated.sendTo('bot');

    expect(isolated.asked).toHaveLength(10);
  });
});
