import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { queueDefinition } from '../../../local/service-bus/queue-definition.js';
import { startServiceBus } from '../../../local/service-bus/start-service-bus.js';
import { clientOf, counts } from './stand-in.js';

const queues = [queueDefinition('plain'), queueDefinition('ordered', { requiresSession: true })];

async function stateDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'service-bus-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

test('service bus: clients go on after it stopped and started again on its port', async () => {
  const first = await startServiceBus({ port: 0, queues });
  const client = clientOf(first, { maxRetries: 20, retryDelayInMs: 50 });
  const sender = client.createSender('plain');
  const received: unknown[] = [];
  client.createReceiver('plain').subscribe({
    processMessage: async ({ body }) => {
      received.push(body);
    },
    processError: async () => {},
  });
  await sender.sendMessages({ body: 1 });
  await expect.poll(() => received).toEqual([1]);

  await first.close();
  const sent = sender.sendMessages({ body: 2 });
  const second = await startServiceBus({ port: first.port, queues });
  onTestFinished(() => second.close());
  await sent;
  await sender.sendMessages({ body: 3 });

  await expect.poll(() => received).toEqual([1, 2, 3]);
});

test('service bus: closing ends idle and waiting clients at once', async () => {
  const serviceBus = await startServiceBus({ port: 0, queues });
  const client = clientOf(serviceBus, { timeoutInMs: 300_000 });
  await client.createSender('plain').sendMessages({ body: 1 });
  const waiting = client.acceptNextSession('ordered');
  const failed = expect(waiting).rejects.toThrow();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const startedMs = performance.now();

  await serviceBus.close();

  expect(performance.now() - startedMs).toBeLessThan(30_000);
  await failed;
});

test('service bus: with a state directory, everything but locks survives a restart', async () => {
  const directory = await stateDirectory();
  const first = await startServiceBus({ port: 0, queues, stateDirectory: directory });
  const client = clientOf(first);
  const sender = client.createSender('ordered');
  await sender.sendMessages(
    ['a1', 'a2', 'a3', 'a4', 'b1'].map((body) => ({ body, messageId: body, sessionId: body.slice(0, 1) })),
  );
  await sender.scheduleMessages({ body: 'c1', sessionId: 'c' }, new Date(Date.now() + 60_000));
  const session = await client.acceptSession('ordered', 'a');
  await session.setSessionState({ step: 1 });
  const [one, two, three, four] = await session.receiveMessages(4);
  if (one === undefined || two === undefined || three === undefined || four === undefined)
    throw new Error('Not all came');
  await session.completeMessage(one);
  await session.abandonMessage(two, { tries: 1 });
  await session.deadLetterMessage(three, { deadLetterReason: 'Poison', deadLetterErrorDescription: 'Unreadable' });
  await session.deferMessage(four);
  await first.close();

  const second = await startServiceBus({ port: 0, queues, stateDirectory: directory });
  onTestFinished(() => second.close());
  const again = clientOf(second);
  expect(counts(second, 'ordered')).toEqual({ active: 2, scheduled: 1, deferred: 1, deadLettered: 1, sessions: 3 });
  const resumed = await again.acceptNextSession('ordered');
  expect(resumed.sessionId).toBe('a');
  expect(await resumed.getSessionState()).toEqual({ step: 1 });
  expect(await resumed.receiveMessages(1)).toMatchObject([
    { body: 'a2', deliveryCount: 1, applicationProperties: { tries: 1 } },
  ]);
  expect(await resumed.receiveDeferredMessages(four.sequenceNumber ?? [])).toMatchObject([{ body: 'a4' }]);
  const graveyard = again.createReceiver('ordered', { subQueueType: 'deadLetter' });
  expect(await graveyard.receiveMessages(1)).toMatchObject([{ body: 'a3', deadLetterReason: 'Poison' }]);

  await again.createSender('ordered').sendMessages({ body: 'again', messageId: 'a1', sessionId: 'a' });
  expect(counts(second, 'ordered')).toMatchObject({ active: 2 });
});
