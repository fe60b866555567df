import { expect, test } from 'vitest';
import { abandon, complete, lockOf, messageOf, queueUnderTest, textOf } from './broker-under-test.js';

test('queue: gives each message once while it is locked, in the order they came', () => {
  const { queue } = queueUnderTest();
  for (const text of ['one', 'two', 'three']) queue.send(messageOf(text));

  const given = [queue.receive('peek-lock'), queue.receive('peek-lock'), queue.receive('peek-lock')];

  expect(given.map(textOf)).toEqual(['one', 'two', 'three']);
  expect(queue.receive('peek-lock')).toBeUndefined();
  expect(queue.lockedCount()).toBe(3);
});

test('queue: messages given back take their old places', () => {
  const { queue } = queueUnderTest();
  for (const text of ['one', 'two', 'three', 'four']) queue.send(messageOf(text));
  const [one, two, three] = [queue.receive('peek-lock'), queue.receive('peek-lock'), queue.receive('peek-lock')];

  for (const delivery of [three, one, two]) queue.settle(lockOf(delivery).token, abandon);

  const again = Array.from({ length: 4 }, () => textOf(queue.receive('peek-lock')));
  expect(again).toEqual(['one', 'two', 'three', 'four']);
});

test('queue: a lock ends at its time, not before, and then settles nothing', () => {
  const { queue, clock } = queueUnderTest();
  queue.send(messageOf('one'));
  const first = lockOf(queue.receive('peek-lock'));

  clock.advance(59_999);
  expect(queue.receive('peek-lock')).toBeUndefined();
  clock.advance(1);

  expect(queue.settle(first.token, complete)).toBe(false);
  expect(queue.receive('peek-lock')).toMatchObject({ message: { deliveryCount: 1 } });
});

test('queue: a lock is over at its time even when the timer is late', () => {
  const { queue, clock } = queueUnderTest();
  queue.send(messageOf('one'));
  const { token } = lockOf(queue.receive('peek-lock'));

  clock.block(60_000);

  expect(queue.settle(token, complete)).toBe(false);
  expect(queue.renewLock(token)).toBeUndefined();
});

test('queue: of locks renewed in turn, each ends at its own time', () => {
  const { queue, clock } = queueUnderTest();
  queue.send(messageOf('renewed'));
  queue.send(messageOf('left'));
  const renewed = lockOf(queue.receive('peek-lock'));
  clock.advance(10_000);
  queue.receive('peek-lock');

  clock.advance(20_000);
  expect(queue.renewLock(renewed.token)).toBe(clock.epochMs() + 60_000);
  clock.advance(40_000);
  expect(textOf(queue.receive('peek-lock'))).toBe('left');
  clock.advance(20_000);

  expect(textOf(queue.receive('peek-lock'))).toBe('renewed');
});

test('queue: a message settled twice is settled once', () => {
  const { queue } = queueUnderTest();
  queue.send(messageOf('one'));
  const { token } = lockOf(queue.receive('peek-lock'));

  expect(queue.settle(token, complete)).toBe(true);
  expect(queue.settle(token, complete)).toBe(false);
  expect(queue.settle('f'.repeat(32), complete)).toBe(false);
});

test('queue: the last delivery that may fail dead-letters the message, whether abandoned or timed out', () => {
  const { queue, deadLetters, clock } = queueUnderTest({ maxDeliveryCount: 2 });
  queue.send(messageOf('one'));
  queue.settle(lockOf(queue.receive('peek-lock')).token, abandon);
  queue.receive('peek-lock');

  clock.advance(60_000);

  expect(queue.receive('peek-lock')).toBeUndefined();
  expect([...queue.state.messages()]).toEqual([]);
  const dead = deadLetters.receive('peek-lock');
  expect(textOf(dead)).toBe('one');
  expect(dead?.message).toMatchObject({ deliveryCount: 2, enqueuedSequenceNumber: 1 });
});

test('queue: a released delivery does not count', () => {
  const { queue } = queueUnderTest({ maxDeliveryCount: 1 });
  queue.send(messageOf('one'));

  queue.settle(lockOf(queue.receive('peek-lock')).token, { kind: 'abandon', count: false, changes: {} });

  expect(queue.receive('peek-lock')?.message.deliveryCount).toBe(0);
});

test('queue: dead letters keep what their receivers give back, however often', () => {
  const { queue, deadLetters } = queueUnderTest({ maxDeliveryCount: 1 });
  queue.send(messageOf('one'));
  queue.settle(lockOf(queue.receive('peek-lock')).token, abandon);

  for (let time = 0; time < 20; time += 1) {
    deadLetters.settle(lockOf(deadLetters.receive('peek-lock')).token, abandon);
  }
  const deadLetter = { kind: 'dead-letter', reason: 'x', description: undefined, changes: {} } as const;
  deadLetters.settle(lockOf(deadLetters.receive('peek-lock')).token, deadLetter);

  expect([...deadLetters.state.messages()]).toHaveLength(1);
});

test('queue: a deferred message comes by its number alone, to one receiver at a time, and stays deferred', () => {
  const { queue, clock } = queueUnderTest();
  queue.send(messageOf('one'));
  queue.settle(lockOf(queue.receive('peek-lock')).token, { kind: 'defer', changes: {} });

  expect(queue.receive('peek-lock')).toBeUndefined();
  expect(textOf(queue.receiveDeferred(1, 'peek-lock'))).toBe('one');
  expect(queue.receiveDeferred(1, 'peek-lock')).toBeUndefined();
  clock.advance(60_000);
  expect(queue.receive('peek-lock')).toBeUndefined();

  expect(queue.receiveDeferred(1, 'receive-and-delete')?.message).toMatchObject({ deliveryCount: 1 });
  expect(queue.receiveDeferred(1, 'peek-lock')).toBeUndefined();
});

test('queue: a duplicate is dropped until the window has passed, also after the original was consumed', () => {
  const { queue, clock } = queueUnderTest({ requiresDuplicateDetection: true });
  const same = messageOf('one', { message_id: 'same' });
  queue.send(same);
  queue.receive('receive-and-delete');

  clock.advance(29_999);
  expect(queue.send(same)).toBe('duplicate');
  expect(queue.send(messageOf('other', { message_id: 'other' }))).not.toBe('duplicate');
  clock.advance(1);

  expect(queue.send(same)).not.toBe('duplicate');
});

test('queue: message ids of different types are different ids', () => {
  const { queue } = queueUnderTest({ requiresDuplicateDetection: true });

  queue.send(messageOf('number', { message_id: 1 }));

  expect(queue.send(messageOf('text', { message_id: '1' }))).not.toBe('duplicate');
  expect(queue.send(messageOf('number', { message_id: 1 }))).toBe('duplicate');
});

test('queue: a message without an id is given one of its own', () => {
  const { queue } = queueUnderTest({ requiresDuplicateDetection: true });

  queue.send(messageOf('one', { subject: 'kept', group_id: 'kept too' }));
  queue.send(messageOf('two'));

  const [one, two] = [queue.receive('peek-lock'), queue.receive('peek-lock')];
  expect(one?.message.content.messageId).toMatch(/^text:[0-9a-f]{32}$/);
  expect(two?.message.content.messageId).not.toBe(one?.message.content.messageId);
  expect(one?.message.content.sessionId).toBe('kept too');
  expect([one, two].map(textOf)).toEqual(['one', 'two']);
});

test('queue: what is past its time is dead-lettered when its turn comes', () => {
  const { queue, deadLetters, clock } = queueUnderTest({ ttlMs: 10_000 });
  queue.send(messageOf('short', { ttl: 1000 }));
  queue.send(messageOf('default', { ttl: 99_000 }));

  clock.advance(1000);
  expect(textOf(queue.receive('peek-lock'))).toBe('default');
  clock.advance(60_000);

  expect(queue.receive('peek-lock')).toBeUndefined();
  expect([textOf(deadLetters.receive('peek-lock')), textOf(deadLetters.receive('peek-lock'))]).toEqual([
    'short',
    'default',
  ]);
});

test('queue: scheduled messages join in the order they fall due, and a cancelled one never does', () => {
  const { queue, clock } = queueUnderTest();
  const inMs = (ms: number) => ({
    message_annotations: { 'x-opt-scheduled-enqueue-time': new Date(clock.epochMs() + ms) },
  });
  for (const ms of [3000, 1000, 2000]) queue.send(messageOf(`${ms}`, inMs(ms)));
  queue.send(messageOf('past', inMs(-1)));

  expect(queue.cancelScheduled(3)).toBe(true);
  expect(queue.cancelScheduled(3)).toBe(false);
  expect(queue.cancelScheduled(4)).toBe(false);
  clock.advance(5000);

  const given = Array.from({ length: 4 }, () => queue.receive('peek-lock'));
  expect(given.map(textOf)).toEqual(['past', '1000', '3000', undefined]);
  expect(given[1]?.message).toMatchObject({ sequenceNumber: 5, enqueuedSequenceNumber: 2 });
});

test('queue: tells its listener when there is something to receive', () => {
  const { queue, clock } = queueUnderTest();
  const heard: string[] = [];
  queue.listen({
    messagesWaiting: (lane) => void heard.push(`lane ${lane}`),
    sessionWaiting: () => void heard.push('session'),
  });

  queue.send(messageOf('one'));
  const { token } = lockOf(queue.receive('peek-lock'));
  queue.settle(token, abandon);
  queue.receive('peek-lock');
  clock.advance(60_000);

  expect(heard).toEqual(['lane ', 'lane ', 'lane ']);
});

test('queue: stopped, it starts nothing more', () => {
  const { queue, clock } = queueUnderTest();
  queue.send(messageOf('one'));
  queue.receive('peek-lock');

  queue.stop();

  expect(clock.pendingTimers).toBe(0);
});
