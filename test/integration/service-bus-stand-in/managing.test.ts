import { expect, test } from 'vitest';
import { queueDefinition } from '../../../local/service-bus/queue-definition.js';
import { ManualClock } from '../../support/manual-clock.js';
import { counts, standIn } from './stand-in.js';

const bodies = (messages: readonly { readonly body: unknown }[]) => messages.map(({ body }) => body);

test('service bus: peeking shows what waits, page by page, and takes nothing', async () => {
  const { client, serviceBus } = await standIn();
  await client.createSender('plain').sendMessages([1, 2, 3, 4, 5].map((body) => ({ body, messageId: `${body}` })));
  const receiver = client.createReceiver('plain');
  await receiver.receiveMessages(1);

  const first = await receiver.peekMessages(2);
  const rest = await receiver.peekMessages(10);
  const second = first[1]?.sequenceNumber;
  if (second === undefined) throw new Error('Nothing was peeked');
  const third = await receiver.peekMessages(1, { fromSequenceNumber: second.add(1) });

  expect(bodies(first)).toEqual([1, 2]);
  expect(bodies(rest)).toEqual([3, 4, 5]);
  expect(bodies(third)).toEqual([3]);
  expect(await receiver.peekMessages(1)).toMatchObject([{ body: 4 }]);
  expect(first[1]).toMatchObject({ messageId: '2', state: 'active', lockToken: undefined });
  expect(counts(serviceBus, 'plain')).toEqual({ active: 5, locked: 1 });
});

test('service bus: a scheduled message comes when it is due, at the end of the queue', async () => {
  const clock = new ManualClock();
  const { client, serviceBus } = await standIn({}, { clock });
  const sender = client.createSender('plain');
  const receiver = client.createReceiver('plain');
  const due = new Date(clock.epochMs() + 5000);
  const [scheduled] = await sender.scheduleMessages([{ body: 'later' }], due);
  await sender.sendMessages({ body: 'property', scheduledEnqueueTimeUtc: new Date(clock.epochMs() + 4000) });
  await sender.sendMessages({ body: 'now' });
  expect(counts(serviceBus, 'plain')).toEqual({ active: 1, scheduled: 2 });
  const peeked = await receiver.peekMessages(5);
  expect(peeked.map(({ body, state }) => [body, state])).toEqual([
    ['later', 'scheduled'],
    ['property', 'scheduled'],
    ['now', 'active'],
  ]);
  expect(peeked[0]).toMatchObject({ scheduledEnqueueTimeUtc: due, sequenceNumber: scheduled });

  clock.advance(5000);

  const messages = await receiver.receiveMessages(3);
  expect(bodies(messages)).toEqual(['now', 'property', 'later']);
  expect(messages[2]?.sequenceNumber?.toNumber()).toBe(5);
  expect(messages[2]?.enqueuedTimeUtc).toEqual(due);
});

test('service bus: a scheduled message can be taken back until it is due', async () => {
  const clock = new ManualClock();
  const { client, serviceBus } = await standIn({}, { clock });
  const sender = client.createSender('ordered');
  const due = new Date(clock.epochMs() + 5000);
  const [one, two] = await sender.scheduleMessages(
    ['a', 'b'].map((body) => ({ body, sessionId: body })),
    due,
  );
  if (one === undefined || two === undefined) throw new Error('Nothing was scheduled');

  await sender.cancelScheduledMessages(one);
  clock.advance(5000);

  expect(counts(serviceBus, 'ordered')).toEqual({ active: 1, sessions: 1 });
  await expect(sender.cancelScheduledMessages(two)).rejects.toMatchObject({ code: 'MessageNotFound' });
  expect((await client.acceptNextSession('ordered')).sessionId).toBe('b');
});

test('service bus: scheduling obeys the same rules as sending', async () => {
  const { client } = await standIn();
  const soon = new Date(Date.now() + 60_000);

  await expect(client.createSender('ordered').scheduleMessages({ body: 1 }, soon)).rejects.toThrow(/SessionId was not/);
  await expect(
    client.createSender('plain').scheduleMessages({ body: Buffer.alloc(300_000) }, soon),
  ).rejects.toMatchObject({ code: 'MessageSizeExceeded' });
});

test('service bus: a queue can be made and deleted while clients are connected', async () => {
  const { client, serviceBus } = await standIn();
  const sender = client.createSender('extra');
  await expect(sender.sendMessages({ body: 1 })).rejects.toMatchObject({ code: 'MessagingEntityNotFound' });

  serviceBus.createQueue(queueDefinition('extra'));
  await sender.sendMessages({ body: 2 });
  serviceBus.deleteQueue('extra');
  await expect(sender.sendMessages({ body: 3 })).rejects.toMatchObject({ code: 'MessagingEntityNotFound' });
  serviceBus.createQueue(queueDefinition('extra'));
  await sender.sendMessages({ body: 4 });

  expect(counts(serviceBus, 'extra')).toEqual({ active: 1 });
  expect(() => serviceBus.setQueueStatus('nowhere', 'disabled')).toThrow(RangeError);
});

test('service bus: whoever waits for a session hears that the queue was disabled', async () => {
  const { client, serviceBus } = await standIn();
  const waiting = client.acceptNextSession('ordered');
  const refused = expect(waiting).rejects.toMatchObject({ code: 'MessagingEntityDisabled' });
  await new Promise((resolve) => setTimeout(resolve, 150));

  serviceBus.setQueueStatus('ordered', 'disabled');

  await refused;
});

test('service bus: a receiver hears that its queue was deleted', async () => {
  const { client, serviceBus } = await standIn();
  const heard = new Promise<unknown>((resolve) => {
    client.createReceiver('plain').subscribe({
      processMessage: async () => {},
      processError: async ({ error }) => resolve(error),
    });
  });
  await client.createSender('plain').sendMessages({ body: 1 });
  await expect.poll(() => counts(serviceBus, 'plain')).toEqual({});

  serviceBus.deleteQueue('plain');

  expect(await heard).toMatchObject({ code: 'MessagingEntityNotFound' });
});
