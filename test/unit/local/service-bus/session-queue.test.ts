import { expect, test } from 'vitest';
import type { SessionLock } from '../../../../local/service-bus/broker/message-lock.js';
import { abandon, complete, lockOf, messageOf, queueUnderTest, textOf } from './broker-under-test.js';

const inSession = (text: string) => messageOf(text, { group_id: text.slice(0, 1) });
const ignore = () => {};

function held(lock: SessionLock | undefined): SessionLock {
  if (lock === undefined) throw new Error('No session was accepted');
  return lock;
}

test('session queue: the holder of a session gets that session alone', () => {
  const { queue } = queueUnderTest({ requiresSession: true });
  for (const text of ['a1', 'b1', 'a2']) queue.send(inSession(text));

  const session = held(queue.acceptSession('a', ignore));

  expect(Array.from({ length: 3 }, () => textOf(queue.receive('peek-lock', session)))).toEqual(['a1', 'a2', undefined]);
});

test('session queue: a session is held once, and free again when let go', () => {
  const { queue } = queueUnderTest({ requiresSession: true });
  queue.send(inSession('a1'));
  const session = held(queue.acceptSession(undefined, ignore));

  expect(queue.acceptSession('a', ignore)).toBeUndefined();
  expect(queue.acceptSession(undefined, ignore)).toBeUndefined();
  queue.releaseSession(session);

  expect(queue.acceptSession(undefined, ignore)?.sessionId).toBe('a');
});

test('session queue: sessions take turns: the one let go goes behind those that wait', () => {
  const { queue } = queueUnderTest({ requiresSession: true });
  for (const text of ['a1', 'b1', 'c1']) queue.send(inSession(text));

  const first = held(queue.acceptSession(undefined, ignore));
  queue.releaseSession(first);
  const order = Array.from({ length: 3 }, () => queue.acceptSession(undefined, ignore)?.sessionId);

  expect(order).toEqual(['b', 'c', 'a']);
});

test('session queue: an empty session is accepted by name, never as the next', () => {
  const { queue } = queueUnderTest({ requiresSession: true });
  queue.send(inSession('a1'));
  const session = held(queue.acceptSession(undefined, ignore));
  queue.settle(lockOf(queue.receive('peek-lock', session)).token, complete, session);
  queue.releaseSession(session);

  expect(queue.acceptSession(undefined, ignore)).toBeUndefined();
  expect(queue.acceptSession('a', ignore)?.sessionId).toBe('a');
});

test('session queue: a session lost by time counts its deliveries and tells its holder', () => {
  const { queue, clock } = queueUnderTest({ requiresSession: true });
  for (const text of ['a1', 'a2']) queue.send(inSession(text));
  const lost: string[] = [];
  const session = held(queue.acceptSession('a', () => lost.push('a')));
  const { token } = lockOf(queue.receive('peek-lock', session));

  clock.advance(60_000);

  expect(lost).toEqual(['a']);
  expect(queue.settle(token, complete, session)).toBe(false);
  queue.releaseSession(session);
  const again = held(queue.acceptSession(undefined, ignore));
  const given = [queue.receive('peek-lock', again), queue.receive('peek-lock', again)];
  expect(given.map((delivery) => [textOf(delivery), delivery?.message.deliveryCount])).toEqual([
    ['a1', 1],
    ['a2', 0],
  ]);
});

test('session queue: a session let go late does not end the hold of its next holder', () => {
  const { queue, clock } = queueUnderTest({ requiresSession: true });
  queue.send(inSession('a1'));
  const late = held(queue.acceptSession('a', ignore));
  clock.advance(60_000);
  const next = held(queue.acceptSession('a', ignore));

  queue.releaseSession(late);

  expect(queue.heldSession('a')).toBe(next);
});

test('session queue: renewing a session renews what is locked in it', () => {
  const { queue, clock } = queueUnderTest({ requiresSession: true });
  queue.send(inSession('a1'));
  const session = held(queue.acceptSession('a', ignore));
  const { token } = lockOf(queue.receive('peek-lock', session));
  clock.advance(59_000);

  expect(queue.renewSession(session)).toBe(clock.epochMs() + 60_000);
  clock.advance(59_000);

  expect(queue.settle(token, complete, session)).toBe(true);
});

test('session queue: an abandoned message goes before the rest of its session', () => {
  const { queue } = queueUnderTest({ requiresSession: true });
  for (const text of ['a1', 'a2']) queue.send(inSession(text));
  const session = held(queue.acceptSession('a', ignore));

  queue.settle(lockOf(queue.receive('peek-lock', session)).token, abandon, session);

  expect(textOf(queue.receive('peek-lock', session))).toBe('a1');
});

test('session queue: a message for a held session is announced to the holder, others to whoever waits', () => {
  const { queue } = queueUnderTest({ requiresSession: true });
  const heard: string[] = [];
  queue.listen({ messagesWaiting: (lane) => void heard.push(lane), sessionWaiting: () => void heard.push('any') });
  queue.acceptSession('a', ignore);

  queue.send(inSession('a1'));
  queue.send(inSession('b1'));

  expect(heard).toEqual(['a', 'any']);
});

test('session queue: deferred messages belong to the session too', () => {
  const { queue } = queueUnderTest({ requiresSession: true });
  queue.send(inSession('a1'));
  const session = held(queue.acceptSession('a', ignore));
  const other = held(queue.acceptSession('b', ignore));
  queue.settle(lockOf(queue.receive('peek-lock', session)).token, { kind: 'defer', changes: {} }, session);

  expect(queue.receiveDeferred(1, 'peek-lock', other)).toBeUndefined();
  expect(textOf(queue.receiveDeferred(1, 'peek-lock', session))).toBe('a1');
  queue.releaseSession(session);

  const again = held(queue.acceptSession('a', ignore));
  expect(textOf(queue.receiveDeferred(1, 'peek-lock', again))).toBe('a1');
});
