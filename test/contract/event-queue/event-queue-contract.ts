import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventQueue, QueueMessage } from '../../../src/routing/event-queue.js';
import { QueueError } from '../../../src/routing/queue-error.js';

/** The queues every implementation starts with; both detect duplicates, the ordered one asks for sessions. */
export const contractQueues = { plain: 'bot-plain', ordered: 'bot-ordered', missing: 'bot-missing' } as const;

/** A queue under test, how to read what it holds without a bot, and how to end what it runs on. */
export interface EventQueueUnderTest {
  readonly queue: EventQueue;
  /** What one queue holds, oldest first. */
  messages(queue: string): Promise<readonly QueueMessage[]>;
  close(): Promise<void>;
}

const never = new AbortController().signal;

/** A message as the router sends it; what a test cares about goes in. */
export const sampleMessage = (given: Partial<QueueMessage> = {}): QueueMessage => ({
  body: Buffer.from('{"specversion":"1.0","data":{"id":9007199254740993}}'),
  messageId: randomUUID(),
  correlationId: randomUUID(),
  subject: 'github.issues.opened',
  contentType: 'application/cloudevents+json',
  applicationProperties: { type: 'github.issues.opened', provider: 'github', bot: 'plain' },
  ...given,
});

const withId = (messages: readonly QueueMessage[], { messageId }: QueueMessage) =>
  messages.filter((message) => message.messageId === messageId);

/** What every event queue does, whatever it is built on. */
export const describeEventQueue = (name: string, start: () => Promise<EventQueueUnderTest>): void => {
  describe(`event queue: ${name}`, () => {
    let underTest: EventQueueUnderTest;

    beforeAll(async () => {
      underTest = await start();
    });

    afterAll(() => underTest.close());

    it('queue: a settled message is in its queue with all that it carries', async () => {
      const message = sampleMessage({ applicationProperties: { type: 'a', repository: 'octo-org/für', empty: '' } });

      await underTest.queue.send(contractQueues.plain, message, never);

      const [stored] = withId(await underTest.messages(contractQueues.plain), message);
      expect(stored).toMatchObject({
        correlationId: message.correlationId,
        subject: message.subject,
        contentType: message.contentType,
        applicationProperties: message.applicationProperties,
      });
    });

    it('queue: a body of every byte there is arrives as it was', async () => {
      const body = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
      const message = sampleMessage({ body });

      await underTest.queue.send(contractQueues.plain, message, never);

      const [stored] = withId(await underTest.messages(contractQueues.plain), message);
      expect(stored?.body.equals(body)).toBe(true);
    });

    it('queue: a message of the largest size that is inlined goes through', async () => {
      const message = sampleMessage({ body: Buffer.alloc(196_608, 'x') });

      await underTest.queue.send(contractQueues.plain, message, never);

      const [stored] = withId(await underTest.messages(contractQueues.plain), message);
      expect(stored?.body.byteLength).toBe(196_608);
    });

    it('queue: messages of one session keep the order in which they were sent', async () => {
      const sessionId = `octo-org/octo-repo/issues/${randomUUID()}`;
      const sent = Array.from({ length: 5 }, () => sampleMessage({ sessionId }));

      for (const message of sent) await underTest.queue.send(contractQueues.ordered, message, never);

      const stored = (await underTest.messages(contractQueues.ordered)).filter(
        (message) => message.sessionId === sessionId,
      );
      expect(stored.map(({ messageId }) => messageId)).toEqual(sent.map(({ messageId }) => messageId));
    });

    it('queue: the same message id again is settled and makes no second message', async () => {
      const message = sampleMessage();

      await underTest.queue.send(contractQueues.plain, message, never);
      await underTest.queue.send(contractQueues.plain, { ...message, body: Buffer.from('again') }, never);

      const stored = withId(await underTest.messages(contractQueues.plain), message);
      expect(stored.map(({ body }) => body.toString())).toEqual([message.body.toString()]);
    });

    it('queue: the same message id in two queues is a message in each', async () => {
      const message = sampleMessage({ sessionId: 'a' });

      await underTest.queue.send(contractQueues.plain, message, never);
      await underTest.queue.send(contractQueues.ordered, message, never);

      expect(withId(await underTest.messages(contractQueues.plain), message)).toHaveLength(1);
      expect(withId(await underTest.messages(contractQueues.ordered), message)).toHaveLength(1);
    });

    it('queue: a hundred sends at once all arrive', async () => {
      const sent = Array.from({ length: 100 }, () => sampleMessage());

      await Promise.all(sent.map((message) => underTest.queue.send(contractQueues.plain, message, never)));

      const stored = new Set((await underTest.messages(contractQueues.plain)).map(({ messageId }) => messageId));
      expect(sent.filter(({ messageId }) => !stored.has(messageId))).toEqual([]);
    });

    it('queue: a missing queue is said to be missing, and the others go on', async () => {
      const lost = underTest.queue.send(contractQueues.missing, sampleMessage(), never);

      await expect(lost).rejects.toMatchObject({ name: 'QueueError', code: 'queue-missing' });
      await expect(underTest.queue.send(contractQueues.plain, sampleMessage(), never)).resolves.toBeUndefined();
    });

    it('queue: under a signal that has fired nothing is sent', async () => {
      const message = sampleMessage();

      const aborted = underTest.queue.send(contractQueues.plain, message, AbortSignal.abort('deadline'));

      await expect(aborted).rejects.toBeInstanceOf(QueueError);
      await expect(aborted).rejects.toMatchObject({ code: 'aborted', cause: 'deadline' });
      expect(withId(await underTest.messages(contractQueues.plain), message)).toEqual([]);
    });
  });
};
