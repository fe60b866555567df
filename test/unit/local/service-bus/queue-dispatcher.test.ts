import { expect, test } from 'vitest';
import type { BrokerQueue } from '../../../../local/service-bus/broker/broker-queue.js';
import { type Consumer, QueueDispatcher } from '../../../../local/service-bus/broker/queue-dispatcher.js';
import { messageOf, queueUnderTest, textOf } from './broker-under-test.js';

function consumerWith(credit: number, session?: Consumer['session']) {
  const got: (string | undefined)[] = [];
  const consumer: Consumer = {
    mode: 'peek-lock',
    ...(session === undefined ? {} : { session }),
    credit: () => credit - got.length,
    deliver: (delivery) => void got.push(textOf(delivery)),
  };
  return { consumer, got };
}

const sendAll = (queue: BrokerQueue, ...texts: string[]) => {
  for (const text of texts) queue.send(messageOf(text, { group_id: text.slice(0, 1) }));
};

test('dispatcher: consumers get messages in turn, each as many as its credit', async () => {
  const { queue } = queueUnderTest();
  const dispatcher = new QueueDispatcher(queue);
  const consumers = [consumerWith(1), consumerWith(5), consumerWith(5)];
  for (const { consumer } of consumers) dispatcher.add(consumer);

  sendAll(queue, '1', '2', '3', '4', '5', '6', '7');
  await Promise.resolve();

  expect(consumers.map(({ got }) => got.length).toSorted()).toEqual([1, 3, 3]);
  expect(consumers.flatMap(({ got }) => got).toSorted()).toEqual(['1', '2', '3', '4', '5', '6', '7']);
});

test('dispatcher: a consumer without credit is given nothing, one that is gone neither', async () => {
  const { queue } = queueUnderTest();
  const dispatcher = new QueueDispatcher(queue);
  const poor = consumerWith(0);
  const gone = consumerWith(5);
  dispatcher.add(poor.consumer);
  dispatcher.add(gone.consumer);
  dispatcher.remove(gone.consumer);

  sendAll(queue, '1');
  await Promise.resolve();

  expect([...poor.got, ...gone.got]).toEqual([]);
  expect(queue.lockedCount()).toBe(0);
});

test('dispatcher: requests for any session are granted in their order', async () => {
  const { queue } = queueUnderTest({ requiresSession: true });
  const dispatcher = new QueueDispatcher(queue);
  const granted: string[] = [];
  const request = (name: string) => ({
    onLost: () => {},
    granted: ({ sessionId }: { sessionId: string }) => void granted.push(`${name}:${sessionId}`),
  });
  dispatcher.requestSession(request('first'));
  const withdraw = dispatcher.requestSession(request('withdrawn'));
  dispatcher.requestSession(request('last'));

  withdraw();
  sendAll(queue, 'a1', 'a2', 'b1', 'c1');
  await Promise.resolve();

  sendAll(queue, 'd1');
  await Promise.resolve();

  expect(granted).toEqual(['first:a', 'last:b']);
});

test('dispatcher: what comes for a held session goes to its holder', async () => {
  const { queue } = queueUnderTest({ requiresSession: true });
  const dispatcher = new QueueDispatcher(queue);
  const { consumer, got } = consumerWith(
    5,
    queue.acceptSession('a', () => {}),
  );
  dispatcher.add(consumer);

  sendAll(queue, 'a1', 'b1', 'a2');
  await Promise.resolve();

  expect(got).toEqual(['a1', 'a2']);
});
