import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ArchiveBacklogSource, BackloggedMessage } from '../../../src/outbox/backlog/archive-backlog-source.js';
import type { QueueMessage } from '../../../src/routing/event-queue.js';
import { QueueError } from '../../../src/routing/queue-error.js';

/** A backlog under test, empty, how to fill it and what it has put aside. */
export interface BacklogUnderTest {
  readonly source: ArchiveBacklogSource;
  send(message: QueueMessage): Promise<void>;
  counts(): Promise<{ readonly waiting: number; readonly deadLettered: number }>;
  close(): Promise<void>;
}

const never = new AbortController().signal;

export const messageWith = (body: Buffer): QueueMessage => ({
  body,
  messageId: randomUUID(),
  correlationId: 'c0ffee',
  subject: 'github.push',
  contentType: 'application/cloudevents+json',
  applicationProperties: { sha256: 'ff', subject: 'octo-org%2Ff%C3%BCr', owed: '[{"bot":"für"}]' },
});

const texts = (messages: readonly BackloggedMessage[]): readonly string[] =>
  messages.map(({ body }) => body.toString());

/** What every archive backlog does, whatever it is built on. */
export const describeBacklogSource = (name: string, start: () => Promise<BacklogUnderTest>): void => {
  describe(`archive backlog: ${name}`, () => {
    let underTest: BacklogUnderTest;

    beforeEach(async () => {
      underTest = await start();
    });

    afterEach(() => underTest.close());

    const fill = async (...bodies: readonly string[]): Promise<void> => {
      for (const body of bodies) await underTest.send(messageWith(Buffer.from(body)));
    };

    it('backlog: an empty one gives nothing, soon', async () => {
      const link = underTest.source.open();

      expect(await link.receive(10, never)).toEqual([]);

      await link.close();
    });

    it('backlog: messages come oldest first, no more than asked for, with every byte and property', async () => {
      await fill('{"n":1.0}', '2', '3');
      const link = underTest.source.open();

      const messages = await link.receive(2, never);

      expect(texts(messages)).toEqual(['{"n":1.0}', '2']);
      expect(messages[0]?.applicationProperties).toMatchObject({
        sha256: 'ff',
        subject: 'octo-org%2Ff%C3%BCr',
        owed: '[{"bot":"für"}]',
      });
      await link.close();
    });

    it('backlog: a look shows every message page by page, those that another has too, and takes none', async () => {
      await fill('1', '2', '3');
      const other = underTest.source.open();
      await other.receive(2, never);
      const link = underTest.source.open();

      const pages = [await link.peek(2, never), await link.peek(2, never), await link.peek(2, never)];

      expect(pages.map(({ length }) => length)).toEqual([2, 1, 0]);
      expect(pages[0]?.[0]?.applicationProperties).toMatchObject({ owed: '[{"bot":"für"}]' });
      expect(texts(await link.receive(3, never))).toEqual(['3']);
      for (const each of [link, other]) await each.close();
    });

    it('backlog: every link looks from the oldest message on, whoever looked or counted before', async () => {
      await fill('1', '2', '3');
      const [first, second] = [underTest.source.open(), underTest.source.open()];
      await first.peek(2, never);
      await first.count(2, never);

      const looks = [await second.count(5, never), (await second.peek(5, never)).length, await second.count(5, never)];
      const rest = await first.peek(5, never);

      expect([...looks, rest.length]).toEqual([3, 3, 3, 1]);
      for (const each of [first, second]) await each.close();
    });

    it('backlog: what is completed is gone, what is abandoned comes again, what is dead-lettered is put aside', async () => {
      await fill('done', 'again', 'never');
      const link = underTest.source.open();
      const [done, again, aside] = await link.receive(3, never);

      await done?.complete(never);
      await again?.abandon(never);
      await aside?.deadLetter('not-an-envelope', never);

      expect(texts(await link.receive(3, never))).toEqual(['again']);
      expect(await underTest.counts()).toEqual({ waiting: 1, deadLettered: 1 });
      await link.close();
    });

    it('backlog: what is locked is given to nobody else', async () => {
      await fill('one', 'two');
      const [mine, theirs] = [underTest.source.open(), underTest.source.open()];

      const received = [...(await mine.receive(1, never)), ...(await theirs.receive(5, never))];

      expect(texts(received).toSorted()).toEqual(['one', 'two']);
      await mine.close();
      await theirs.close();
    });

    it('backlog: a lock can be used once', async () => {
      await fill('one');
      const link = underTest.source.open();
      const [message] = await link.receive(1, never);
      await message?.complete(never);

      await expect(message?.complete(never)).rejects.toBeInstanceOf(QueueError);

      await link.close();
    });

    it('backlog: under a signal that has fired nothing is received', async () => {
      await fill('one');
      const link = underTest.source.open();

      await expect(link.receive(1, AbortSignal.abort('deadline'))).rejects.toMatchObject({
        name: 'QueueError',
        code: 'aborted',
      });

      await link.close();
    });
  });
};
