import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import { expect, test } from 'vitest';
import { ManualClock } from '../../support/manual-clock.js';
import { counts, standIn } from './stand-in.js';

const deadLetters = { subQueueType: 'deadLetter' } as const;

async function receiveOne(receiver: ServiceBusReceiver): Promise<ServiceBusReceivedMessage> {
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 1000 });
  if (message === undefined) throw new Error('Nothing was received');
  return message;
}

test('service bus: a completed message is gone', async () => {
  const { client, serviceBus } = await standIn();
  const receiver = client.createReceiver('plain');
  await client.createSender('plain').sendMessages({ body: 1 });

  const message = await receiveOne(receiver);
  expect(counts(serviceBus, 'plain')).toEqual({ active: 1, locked: 1 });
  await receiver.completeMessage(message);

  expect(counts(serviceBus, 'plain')).toEqual({});
});

test('service bus: an abandoned message comes again in its place, with the count and the changed properties', async () => {
  const { client } = await standIn();
  const receiver = client.createReceiver('plain');
  const kept = { repository: 'octo-org/octo-repo', big: 2 ** 40, at: new Date(0) };
  await client
    .createSender('plain')
    .sendMessages([{ body: 'first', applicationProperties: { ...kept, tries: 1 } }, { body: 'second' }]);

  await receiver.abandonMessage(await receiveOne(receiver), { tries: 2, why: 'busy' });
  const again = await receiveOne(receiver);

  expect(again).toMatchObject({ body: 'first', deliveryCount: 1 });
  expect(again.applicationProperties).toEqual({ ...kept, at: 0, tries: 2, why: 'busy' });
});

test('service bus: a dead-lettered message lies in the dead-letter queue with the reason, and can be taken from it', async () => {
  const { client, serviceBus } = await standIn();
  const receiver = client.createReceiver('plain');
  await client
    .createSender('plain')
    .sendMessages({ body: { a: 1 }, messageId: 'm', applicationProperties: { type: 'x' } });

  await receiver.deadLetterMessage(await receiveOne(receiver), {
    deadLetterReason: 'Poison',
    deadLetterErrorDescription: 'It cannot be read.',
    extra: 7,
  });
  expect(counts(serviceBus, 'plain')).toEqual({ deadLettered: 1 });
  const graveyard = client.createReceiver('plain', deadLetters);
  const [peeked] = await graveyard.peekMessages(1);
  const dead = await receiveOne(graveyard);
  await graveyard.completeMessage(dead);

  expect(dead).toMatchObject({
    body: { a: 1 },
    messageId: 'm',
    deadLetterReason: 'Poison',
    deadLetterErrorDescription: 'It cannot be read.',
    applicationProperties: { type: 'x', extra: 7 },
  });
  expect(peeked?.messageId).toBe('m');
  expect(counts(serviceBus, 'plain')).toEqual({});
});

test('service bus: nothing can be sent to a dead-letter queue', async () => {
  const { client } = await standIn();

  await expect(client.createSender('plain/$deadletterqueue').sendMessages({ body: 1 })).rejects.toThrow(
    /cannot be sent to a dead-letter queue/,
  );
});

test('service bus: a message delivered ten times in vain is dead-lettered', async () => {
  const { client, serviceBus } = await standIn();
  const receiver = client.createReceiver('plain');
  await client.createSender('plain').sendMessages({ body: 1 });

  for (let delivery = 0; delivery < 10; delivery += 1) {
    const message = await receiveOne(receiver);
    expect(message.deliveryCount).toBe(delivery);
    await receiver.abandonMessage(message);
  }
  const [dead] = await client.createReceiver('plain', deadLetters).receiveMessages(1);

  expect(dead).toMatchObject({ deadLetterReason: 'MaxDeliveryCountExceeded', deliveryCount: 10 });
  expect(counts(serviceBus, 'plain')).toEqual({ deadLettered: 1 });
});

test('service bus: a deferred message is received by its number alone, and settled', async () => {
  const { client, serviceBus } = await standIn();
  const receiver = client.createReceiver('plain');
  await client.createSender('plain').sendMessages([1, 2, 3].map((body) => ({ body })));
  const numbers = [];
  for (const message of await receiver.receiveMessages(3)) {
    await receiver.deferMessage(message, { later: true });
    if (message.sequenceNumber !== undefined) numbers.push(message.sequenceNumber);
  }
  expect(await receiver.receiveMessages(1, { maxWaitTimeInMs: 50 })).toEqual([]);
  expect(counts(serviceBus, 'plain')).toEqual({ deferred: 3 });

  const [one, two, three] = await receiver.receiveDeferredMessages(numbers);
  if (one === undefined || two === undefined || three === undefined) throw new Error('Not all came');
  expect(one).toMatchObject({ body: 1, state: 'deferred', applicationProperties: { later: true } });
  await receiver.completeMessage(one);
  await receiver.deadLetterMessage(two, { deadLetterReason: 'Late', deadLetterErrorDescription: '' });
  await receiver.abandonMessage(three);

  expect(counts(serviceBus, 'plain')).toEqual({ deferred: 1, deadLettered: 1 });
  const [again] = await receiver.receiveDeferredMessages(numbers.slice(2));
  expect(again).toMatchObject({ body: 3, deliveryCount: 1 });
  await expect(receiver.receiveDeferredMessages(numbers.slice(0, 1))).rejects.toMatchObject({
    code: 'MessageNotFound',
  });
});

test('service bus: a lock that ends frees the message, counts the delivery and binds its holder no more', async () => {
  const clock = new ManualClock();
  const { client } = await standIn({}, { clock });
  const receiver = client.createReceiver('plain', { maxAutoLockRenewalDurationInMs: 0 });
  await client.createSender('plain').sendMessages({ body: 1 });
  const late = await receiveOne(receiver);

  clock.advance(60_000);

  await expect(receiver.completeMessage(late)).rejects.toMatchObject({ code: 'MessageLockLost' });
  const again = await receiveOne(receiver);
  expect(again.deliveryCount).toBe(1);
  await receiver.completeMessage(again);
});

test('service bus: a renewed lock lasts a full time again', async () => {
  const clock = new ManualClock();
  const { client, serviceBus } = await standIn({}, { clock });
  const receiver = client.createReceiver('plain', { maxAutoLockRenewalDurationInMs: 0 });
  await client.createSender('plain').sendMessages({ body: 1 });
  const message = await receiveOne(receiver);
  const firstUntilMs = message.lockedUntilUtc?.getTime() ?? 0;

  clock.advance(59_000);
  const until = await receiver.renewMessageLock(message);
  clock.advance(59_000);

  expect(until.getTime()).toBe(firstUntilMs + 59_000);
  expect(counts(serviceBus, 'plain')).toEqual({ active: 1, locked: 1 });
  await receiver.completeMessage(message);
  await expect(receiver.renewMessageLock(message)).rejects.toMatchObject({ code: 'MessageLockLost' });
});

test('service bus: a message can be settled after its receiver was closed', async () => {
  const { client, serviceBus } = await standIn();
  const receiver = client.createReceiver('plain');
  await client.createSender('plain').sendMessages([{ body: 1 }, { body: 2 }]);
  const [one, two] = await receiver.receiveMessages(2);
  await receiver.close();
  expect(counts(serviceBus, 'plain')).toEqual({ active: 2, locked: 2 });
  const other = client.createReceiver('plain');

  if (one !== undefined) await other.completeMessage(one);
  if (two !== undefined)
    await other.deadLetterMessage(two, { deadLetterReason: 'Late', deadLetterErrorDescription: '' });

  expect(counts(serviceBus, 'plain')).toEqual({ deadLettered: 1 });
});

test('service bus: received and deleted at once', async () => {
  const { client, serviceBus } = await standIn();
  const receiver = client.createReceiver('plain', { receiveMode: 'receiveAndDelete' });
  await client.createSender('plain').sendMessages(Array.from({ length: 50 }, (_, body) => ({ body })));

  const messages = await receiver.receiveMessages(50);

  expect(messages.map(({ body }) => body)).toEqual(Array.from({ length: 50 }, (_, body) => body));
  expect(counts(serviceBus, 'plain')).toEqual({});
});

test('service bus: an empty queue answers nothing, and the receiver goes on', async () => {
  const { client } = await standIn();
  const receiver = client.createReceiver('plain');
  const sender = client.createSender('plain');

  expect(await receiver.receiveMessages(10, { maxWaitTimeInMs: 30 })).toEqual([]);
  await sender.sendMessages({ body: 1 });
  const few = await receiver.receiveMessages(10, { maxWaitTimeInMs: 200 });
  await sender.sendMessages([{ body: 2 }, { body: 3 }]);
  const more = await receiver.receiveMessages(10, { maxWaitTimeInMs: 200 });

  expect([...few, ...more].map(({ body }) => body)).toEqual([1, 2, 3]);
});

test('service bus: subscribers share a queue, and every message comes to one of them once', async () => {
  const { client, serviceBus } = await standIn();
  const seen: number[] = [];
  const byReceiver = [0, 0];
  for (const index of byReceiver.keys()) {
    const receiver = client.createReceiver('plain');
    receiver.subscribe(
      {
        processMessage: async ({ body }) => {
          seen.push(body);
          byReceiver[index] = (byReceiver[index] ?? 0) + 1;
        },
        processError: async ({ error }) => expect.unreachable(String(error)),
      },
      { maxConcurrentCalls: 5 },
    );
  }

  await client.createSender('plain').sendMessages(Array.from({ length: 200 }, (_, body) => ({ body })));
  await expect.poll(() => counts(serviceBus, 'plain')).toEqual({});

  expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, body) => body));
  expect(Math.min(...byReceiver)).toBeGreaterThan(50);
});

test('service bus: more messages than a session of AMQP can hold at once, settled as they come', async () => {
  const { client, serviceBus } = await standIn();
  const sender = client.createSender('plain');
  for (let batch = 0; batch < 5; batch += 1) {
    await sender.sendMessages(Array.from({ length: 1000 }, (_, n) => ({ body: batch * 1000 + n })));
  }
  let received = 0;

  client.createReceiver('plain').subscribe(
    {
      processMessage: async () => {
        received += 1;
      },
      processError: async ({ error }) => expect.unreachable(String(error)),
    },
    { maxConcurrentCalls: 500 },
  );
  await expect.poll(() => counts(serviceBus, 'plain')).toEqual({});

  expect(received).toBe(5000);
});

test('service bus: a message whose time is over is dead-lettered instead of delivered', async () => {
  const clock = new ManualClock();
  const { client, serviceBus } = await standIn({ ttlMs: 10_000 }, { clock });
  const sender = client.createSender('plain');
  await sender.sendMessages([{ body: 'short', timeToLive: 5000 }, { body: 'default' }]);

  clock.advance(6000);
  const receiver = client.createReceiver('plain');
  const message = await receiveOne(receiver);
  await receiver.abandonMessage(message);
  clock.advance(4000);
  expect(await receiver.receiveMessages(1, { maxWaitTimeInMs: 50 })).toEqual([]);

  expect(message.body).toBe('default');
  expect(counts(serviceBus, 'plain')).toEqual({ deadLettered: 2 });
  const [dead] = await client.createReceiver('plain', deadLetters).receiveMessages(1);
  expect(dead).toMatchObject({ body: 'short', deadLetterReason: 'TTLExpiredException' });
});

test('service bus: a message that would carry too much after its settlement stays with its receiver', async () => {
  const { client, serviceBus } = await standIn();
  await client.createSender('plain').sendMessages({ body: 1 });
  const receiver = client.createReceiver('plain');
  const [message] = await receiver.receiveMessages(1);
  if (message === undefined) throw new TypeError('no message came');
  const large = { a: 'x'.repeat(40_000), b: 'x'.repeat(30_000) };

  await expect(receiver.abandonMessage(message, large)).rejects.toThrow(/64 KB/);
  expect(counts(serviceBus, 'plain')).toEqual({ active: 1, locked: 1 });
  const [peeked] = await receiver.peekMessages(1);
  expect(peeked?.applicationProperties ?? {}).toEqual({});
});
