import type { ServiceBusSender } from '@azure/service-bus';
import { expect, test } from 'vitest';
import { ManualClock } from '../../support/manual-clock.js';
import { clientOf, counts, standIn } from './stand-in.js';

/** Sends `texts` in order; each is its session's name and a number, as in `a1`. */
async function send(sender: ServiceBusSender, ...texts: string[]): Promise<void> {
  await sender.sendMessages(texts.map((body) => ({ body, sessionId: body.slice(0, 1) })));
}

const bodies = (messages: readonly { readonly body: unknown }[]) => messages.map(({ body }) => body);

test('service bus: a session gives its own messages alone, in their order', async () => {
  const { client } = await standIn();
  await send(client.createSender('ordered'), 'a1', 'b1', 'a2', 'b2', 'a3');

  const session = await client.acceptSession('ordered', 'a');
  const messages = await session.receiveMessages(5, { maxWaitTimeInMs: 200 });

  expect(bodies(messages)).toEqual(['a1', 'a2', 'a3']);
  expect(messages[0]?.sessionId).toBe('a');
  expect(session.sessionLockedUntilUtc.getTime() - Date.now()).toBeGreaterThan(50_000);
  expect(messages[0]?.lockedUntilUtc).toEqual(session.sessionLockedUntilUtc);
});

test('service bus: the next session is the one that waited longest, and says which it is', async () => {
  const { client, serviceBus } = await standIn();
  await send(client.createSender('ordered'), 'b1', 'a1', 'b2');

  const first = await client.acceptNextSession('ordered');
  const second = await client.acceptNextSession('ordered');

  expect([first.sessionId, second.sessionId]).toEqual(['b', 'a']);
  expect(bodies(await first.receiveMessages(2))).toEqual(['b1', 'b2']);
  expect(bodies(await second.receiveMessages(1))).toEqual(['a1']);
  expect(counts(serviceBus, 'ordered')).toEqual({ active: 3, locked: 3, sessions: 2 });
});

test('service bus: a session has one holder', async () => {
  const { client, serviceBus } = await standIn();
  await send(client.createSender('ordered'), 'a1');
  const held = await client.acceptSession('ordered', 'a');

  const taken = clientOf(serviceBus).acceptSession('ordered', 'a');
  await expect(taken).rejects.toMatchObject({ code: 'SessionCannotBeLocked' });
  await held.close();
  const next = await client.acceptSession('ordered', 'a');

  expect(bodies(await next.receiveMessages(1))).toEqual(['a1']);
});

test('service bus: asking for the next session times out when none has messages', async () => {
  const { serviceBus } = await standIn();
  const client = clientOf(serviceBus, { timeoutInMs: 400 });
  const startedMs = performance.now();

  const accepted = client.acceptNextSession('ordered');

  await expect(accepted).rejects.toMatchObject({ code: 'ServiceTimeout' });
  expect(performance.now() - startedMs).toBeLessThan(30_000);
});

test('service bus: whoever waits for a session gets the first that comes', async () => {
  const { client } = await standIn();
  const waiting = [client.acceptNextSession('ordered'), client.acceptNextSession('ordered')];
  await new Promise((resolve) => setTimeout(resolve, 100));

  await send(client.createSender('ordered'), 'a1', 'b1', 'a2');
  const sessions = await Promise.all(waiting);

  expect(sessions.map(({ sessionId }) => sessionId)).toEqual(['a', 'b']);
  expect(bodies(await (sessions[0]?.receiveMessages(2) ?? []))).toEqual(['a1', 'a2']);
});

test('service bus: a closed session frees what was not settled, in order and uncounted', async () => {
  const { client, serviceBus } = await standIn();
  await send(client.createSender('ordered'), 'a1', 'a2', 'a3', 'a4');
  const session = await client.acceptNextSession('ordered');
  const [one] = await session.receiveMessages(3);
  if (one !== undefined) await session.completeMessage(one);

  await session.close();
  expect(counts(serviceBus, 'ordered')).toEqual({ active: 3, sessions: 1 });
  const again = await client.acceptNextSession('ordered');
  const rest = await again.receiveMessages(3);

  expect(bodies(rest)).toEqual(['a2', 'a3', 'a4']);
  expect(rest.map(({ deliveryCount }) => deliveryCount)).toEqual([0, 0, 0]);
});

test('service bus: a lost connection frees its sessions', async () => {
  const { client, serviceBus } = await standIn();
  await send(client.createSender('ordered'), 'a1');
  const other = clientOf(serviceBus);
  const session = await other.acceptNextSession('ordered');
  await session.receiveMessages(1);

  await other.close();
  const again = await client.acceptNextSession('ordered');

  expect(bodies(await again.receiveMessages(1))).toEqual(['a1']);
});

test('service bus: an abandoned message goes before the rest of its session', async () => {
  const { client } = await standIn();
  await send(client.createSender('ordered'), 'a1', 'a2');
  const session = await client.acceptNextSession('ordered');
  const [one] = await session.receiveMessages(1);
  if (one !== undefined) await session.abandonMessage(one);

  const messages = await session.receiveMessages(2);

  expect(messages.map(({ body, deliveryCount }) => [body, deliveryCount])).toEqual([
    ['a1', 1],
    ['a2', 0],
  ]);
});

test('service bus: a session held too long is lost: the delivery counts, and the next holder gets it all', async () => {
  const clock = new ManualClock();
  const { client } = await standIn({}, { clock });
  await send(client.createSender('ordered'), 'a1', 'a2');
  const late = await client.acceptSession('ordered', 'a', { maxAutoLockRenewalDurationInMs: 0 });
  const [one] = await late.receiveMessages(1);
  if (one === undefined) throw new Error('Nothing was received');

  clock.advance(60_000);
  await expect.poll(() => late.isClosed).toBe(true);

  await expect(late.completeMessage(one)).rejects.toMatchObject({ code: 'SessionLockLost' });
  const session = await client.acceptNextSession('ordered');
  const messages = await session.receiveMessages(2);
  expect(messages.map(({ body, deliveryCount }) => [body, deliveryCount])).toEqual([
    ['a1', 1],
    ['a2', 0],
  ]);
});

test('service bus: a renewed session lock lasts a full time again', async () => {
  const clock = new ManualClock();
  const { client } = await standIn({}, { clock });
  await send(client.createSender('ordered'), 'a1');
  const session = await client.acceptSession('ordered', 'a', { maxAutoLockRenewalDurationInMs: 0 });
  const firstUntilMs = session.sessionLockedUntilUtc.getTime();
  const [one] = await session.receiveMessages(1);

  clock.advance(59_000);
  const until = await session.renewSessionLock();
  clock.advance(59_000);

  expect(until.getTime()).toBe(firstUntilMs + 59_000);
  if (one !== undefined) await session.completeMessage(one);
});

test('service bus: a session keeps as much state as a message holds, and refuses more', async () => {
  const { client } = await standIn({ maxMessageBytes: 1000 });
  await client.createSender('ordered').sendMessages({ body: 1, sessionId: 'a' });
  const session = await client.acceptSession('ordered', 'a');

  await session.setSessionState(Buffer.alloc(1000, 'x'));
  await expect(session.setSessionState(Buffer.alloc(1001))).rejects.toMatchObject({ code: 'MessageSizeExceeded' });

  expect(await session.getSessionState()).toEqual(Buffer.alloc(1000, 'x'));
});

test('service bus: a session keeps its state for its next holder', async () => {
  const { client } = await standIn();
  const first = await client.acceptSession('ordered', 'a');
  expect(await first.getSessionState()).toBeNull();
  await first.setSessionState({ step: 2 });
  await first.close();

  const second = await client.acceptSession('ordered', 'a');

  expect(await second.getSessionState()).toEqual({ step: 2 });
});

test('service bus: only its holder peeks, defers and receives deferred messages in a session', async () => {
  const { client, serviceBus } = await standIn();
  await send(client.createSender('ordered'), 'b1', 'a1', 'a2');
  const session = await client.acceptSession('ordered', 'a');
  const [one] = await session.receiveMessages(1);
  if (one?.sequenceNumber === undefined) throw new Error('Nothing was received');

  await session.deferMessage(one);
  expect(bodies(await session.peekMessages(5))).toEqual(['a1', 'a2']);
  const [deferred] = await session.receiveDeferredMessages(one.sequenceNumber);
  expect(deferred).toMatchObject({ body: 'a1', state: 'deferred' });
  if (deferred !== undefined) await session.completeMessage(deferred);

  expect(counts(serviceBus, 'ordered')).toEqual({ active: 2, sessions: 2 });
});

test('service bus: a dead letter of a session is received without one', async () => {
  const { client, serviceBus } = await standIn();
  await send(client.createSender('ordered'), 'a1');
  const session = await client.acceptNextSession('ordered');
  const [one] = await session.receiveMessages(1);
  if (one !== undefined) {
    await session.deadLetterMessage(one, { deadLetterReason: 'Poison', deadLetterErrorDescription: 'Unreadable' });
  }

  const graveyard = client.createReceiver('ordered', { subQueueType: 'deadLetter' });
  const [dead] = await graveyard.receiveMessages(1);
  expect(dead).toMatchObject({ body: 'a1', sessionId: 'a', deadLetterReason: 'Poison' });
  if (dead !== undefined) await graveyard.completeMessage(dead);

  expect(counts(serviceBus, 'ordered')).toEqual({});
});

test('service bus: sessions are for queues that have them, plain receivers for those that do not', async () => {
  const { client } = await standIn();

  await expect(client.createReceiver('ordered').receiveMessages(1, { maxWaitTimeInMs: 1000 })).rejects.toThrow(
    /InvalidOperationError: It is not possible for an entity that requires sessions/,
  );
  await expect(client.acceptNextSession('plain')).rejects.toThrow(/InvalidOperationError: A sessionful message/);
});

test('service bus: many sessions drained side by side each keep their order', async () => {
  const { client, serviceBus } = await standIn();
  const sender = client.createSender('ordered');
  const messages = Array.from({ length: 400 }, (_, n) => ({ body: n, sessionId: `session-${n % 20}` }));
  for (const message of messages) await sender.sendMessages(message);
  const seen = new Map<string, number[]>();

  const drain = async () => {
    for (let drained = 0; drained < 5; drained += 1) {
      const session = await client.acceptNextSession('ordered');
      const got = await session.receiveMessages(20);
      seen.set(
        session.sessionId,
        got.map(({ body }) => body),
      );
      for (const message of got) await session.completeMessage(message);
      await session.close();
    }
  };
  await Promise.all([drain(), drain(), drain(), drain()]);

  expect(counts(serviceBus, 'ordered')).toEqual({});
  for (let key = 0; key < 20; key += 1) {
    expect(seen.get(`session-${key}`)).toEqual(Array.from({ length: 20 }, (_, n) => n * 20 + key));
  }
});
