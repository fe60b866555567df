import { expect, test } from 'vitest';
import { ManualClock } from '../../support/manual-clock.js';
import { clientOf, counts, standIn } from './stand-in.js';

test('service bus: a message arrives with its body byte for byte and all that its sender said', async () => {
  const clock = new ManualClock();
  const { client } = await standIn({}, { clock });
  const body = Buffer.from('{"id": 9007199254740993, "b":1.0e0,  "b": "\\u0041"}\n\u0000\xff', 'latin1');
  const sent = {
    body,
    messageId: 'delivery-1',
    sessionId: 'octo-org/octo-repo/pull_request/1',
    correlationId: 'correlation-1',
    subject: 'github.pull_request.opened',
    contentType: 'application/cloudevents+json',
    replyTo: 'nobody',
    partitionKey: 'octo-org/octo-repo/pull_request/1',
    timeToLive: 3_600_000,
    applicationProperties: { type: 'github.pull_request.opened', attempts: 3, late: true, nothing: null },
  };

  await client.createSender('plain').sendMessages(sent);
  const [received] = await client.createReceiver('plain', { skipParsingBodyAsJson: true }).receiveMessages(1);

  expect(received).toMatchObject({ ...sent, deliveryCount: 0, state: 'active' });
  expect(Buffer.compare(body, received?.body)).toBe(0);
  expect(received?.sequenceNumber?.toNumber()).toBe(1);
  expect(received?.lockToken).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(received?.enqueuedTimeUtc?.getTime()).toBe(clock.epochMs());
  expect(received?.lockedUntilUtc?.getTime()).toBe(clock.epochMs() + 60_000);
});

test('service bus: a body larger than a frame and bodies of AMQP values and sequences stay as they are', async () => {
  const { client } = await standIn();
  const large = Buffer.alloc(200_000, 'Zoë ');
  const bodies = [
    { body: large, bodyType: 'data' as const },
    { body: { nested: [1, 'two'] }, bodyType: 'value' as const },
    { body: [1, 'two', true], bodyType: 'sequence' as const },
  ];

  for (const message of bodies) await client.createSender('plain').sendMessages(message);
  const received = await client.createReceiver('plain', { skipParsingBodyAsJson: true }).receiveMessages(3);

  expect(received.map(({ body }) => body)).toEqual(bodies.map(({ body }) => body));
});

test('service bus: a batch becomes its messages, in their order', async () => {
  const { client, serviceBus } = await standIn();
  const sender = client.createSender('plain');
  const batch = await sender.createMessageBatch();
  for (const n of [4, 5, 6]) batch.tryAddMessage({ body: n, messageId: `${n}` });

  await sender.sendMessages([1, 2, 3].map((n) => ({ body: n, messageId: `${n}` })));
  await sender.sendMessages(batch);
  const received = await client.createReceiver('plain').receiveMessages(6);

  expect(received.map(({ body }) => body)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(received.map(({ sequenceNumber }) => sequenceNumber?.toNumber())).toEqual([1, 2, 3, 4, 5, 6]);
  expect(counts(serviceBus, 'plain')).toEqual({ active: 6, locked: 6 });
});

test('service bus: a message id seen within the window is accepted and dropped, after it the message counts', async () => {
  const clock = new ManualClock();
  const { client, serviceBus } = await standIn({ duplicateWindowMs: 60_000 }, { clock });
  const sender = client.createSender('plain');
  const send = () => sender.sendMessages({ body: 'x', messageId: 'same' });

  await send();
  clock.advance(59_999);
  await send();
  expect(counts(serviceBus, 'plain')).toEqual({ active: 1 });
  clock.advance(1);
  await send();

  expect(counts(serviceBus, 'plain')).toEqual({ active: 2 });
});

test('service bus: a link announces 256 KB, and a larger message is refused as too large', async () => {
  const { client, serviceBus } = await standIn();
  const sender = client.createSender('plain');

  expect((await sender.createMessageBatch()).maxSizeInBytes).toBe(262_144);
  await expect(sender.sendMessages({ body: Buffer.alloc(262_144) })).rejects.toMatchObject({
    name: 'ServiceBusError',
    code: 'MessageSizeExceeded',
  });
  expect(counts(serviceBus, 'plain')).toEqual({});
});

test.each([
  ['64 KB in all', { a: 'x'.repeat(30_000), b: 'x'.repeat(30_000), c: 'x'.repeat(10_000) }],
  ['32 KB in one', { a: 'x'.repeat(33_000) }],
])('service bus: properties of more than %s are refused, sent now or later', async (_, applicationProperties) => {
  const { client, serviceBus } = await standIn();
  const sender = client.createSender('plain');
  const message = { body: 1, applicationProperties };

  await expect(sender.sendMessages(message)).rejects.toThrow(/properties of a message may take 64 KB/);
  await expect(sender.scheduleMessages(message, new Date(Date.now() + 60_000))).rejects.toThrow(/64 KB/);
  await sender.sendMessages({ body: 1, applicationProperties: { a: 'x'.repeat(32_000), b: 'x'.repeat(30_000) } });

  expect(counts(serviceBus, 'plain')).toEqual({ active: 1 });
});

test('service bus: a queue with sessions refuses a message without one, alone or in a batch', async () => {
  const { client, serviceBus } = await standIn();
  const sender = client.createSender('ordered');

  await expect(sender.sendMessages({ body: 1 })).rejects.toThrow(/InvalidOperationError: The SessionId was not set/);
  await expect(sender.sendMessages([{ body: 1, sessionId: 'a' }, { body: 2 }])).rejects.toThrow(
    /SessionId was not set/,
  );
  expect(counts(serviceBus, 'ordered')).toEqual({});
});

test('service bus: a queue that does not exist, sending and receiving', async () => {
  const { client } = await standIn();
  const missing = { code: 'MessagingEntityNotFound' };

  await expect(client.createSender('nowhere').sendMessages({ body: 1 })).rejects.toMatchObject(missing);
  await expect(client.createReceiver('nowhere').receiveMessages(1)).rejects.toMatchObject(missing);
  await expect(client.acceptNextSession('nowhere')).rejects.toMatchObject(missing);
  await expect(client.createReceiver('nowhere').peekMessages(1)).rejects.toMatchObject(missing);
});

test('service bus: a disabled queue refuses everyone until it is active again', async () => {
  const { client, serviceBus } = await standIn();
  const sender = client.createSender('plain');
  await sender.sendMessages({ body: 1 });
  const disabled = { code: 'MessagingEntityDisabled' };

  serviceBus.setQueueStatus('plain', 'disabled');
  await expect(sender.sendMessages({ body: 2 })).rejects.toMatchObject(disabled);
  await expect(client.createReceiver('plain').receiveMessages(1)).rejects.toMatchObject(disabled);
  serviceBus.setQueueStatus('plain', 'active');

  await sender.sendMessages({ body: 3 });
  expect(counts(serviceBus, 'plain')).toEqual({ active: 2 });
});

test('service bus: a full queue refuses what does not fit and takes what does', async () => {
  const { client, serviceBus } = await standIn({ maxQueueBytes: 2500 });
  const sender = client.createSender('plain');
  await sender.sendMessages({ body: Buffer.alloc(2000) });

  await expect(sender.sendMessages({ body: Buffer.alloc(1000) })).rejects.toMatchObject({ code: 'QuotaExceeded' });
  await sender.sendMessages({ body: Buffer.alloc(10) });

  expect(counts(serviceBus, 'plain')).toEqual({ active: 2 });
});

test('service bus: of a burst, each message gets its own answer', async () => {
  const { client, serviceBus } = await standIn();
  const sender = client.createSender('ordered');
  await sender.sendMessages({ body: 0, sessionId: 'a' });
  const hasSession = [true, false, true, true, false, false, true];

  const answers = await Promise.allSettled(
    hasSession.map((has) => sender.sendMessages({ body: 1, ...(has ? { sessionId: 'a' } : {}) })),
  );

  expect(answers.map(({ status }) => status === 'fulfilled')).toEqual(hasSession);
  expect(counts(serviceBus, 'ordered')).toEqual({ active: 5, sessions: 1 });
});

test('service bus: told to be busy, to refuse claims or to be silent, it is, and recovers', async () => {
  const { client, serviceBus } = await standIn();
  const sender = client.createSender('plain');
  await sender.sendMessages({ body: 1 });

  const impatient = clientOf(serviceBus, { timeoutInMs: 300 }).createSender('plain');
  await impatient.sendMessages({ body: 1 });

  serviceBus.setFault('server-busy');
  await expect(sender.sendMessages({ body: 2 })).rejects.toMatchObject({ code: 'ServiceBusy' });
  serviceBus.setFault('unresponsive');
  await expect(impatient.sendMessages({ body: 3 })).rejects.toMatchObject({ code: 'ServiceTimeout' });
  serviceBus.setFault('unauthorized');
  const refused = clientOf(serviceBus).createSender('plain');
  await expect(refused.sendMessages({ body: 4 })).rejects.toMatchObject({ code: 'UnauthorizedAccess' });
  serviceBus.setFault(undefined);
  await sender.sendMessages({ body: 5 });

  expect(counts(serviceBus, 'plain')).toEqual({ active: 3 });
});
