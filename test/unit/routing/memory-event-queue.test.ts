import { describe, expect, it } from 'vitest';
import type { QueueMessage } from '../../../src/routing/event-queue.js';
import { ManualClock } from '../../support/manual-clock.js';
import { createMemoryEventQueue } from '../../support/memory/event-queue.js';

const never = new AbortController().signal;
const message = (messageId: string): QueueMessage => ({
  body: Buffer.from('{}'),
  messageId,
  correlationId: 'c',
  subject: 'github.ping',
  contentType: 'application/cloudevents+json',
  applicationProperties: {},
});

describe('memory queue', () => {
  it('memory queue: a fault of the whole service fails every queue until it is switched off', async () => {
    const queue = createMemoryEventQueue();

    queue.setFault({ kind: 'error', code: 'throttled' });
    const failed = queue.send('a', message('1'), never);

    await expect(failed).rejects.toMatchObject({ name: 'QueueError', code: 'throttled' });
    queue.setFault(undefined);
    await queue.send('a', message('1'), never);
    expect(queue.messages('a')).toHaveLength(1);
  });

  it('memory queue: a fault of one queue leaves the others alone', async () => {
    const queue = createMemoryEventQueue();

    queue.setFault({ kind: 'error', code: 'queue-full' }, 'a');
    const failed = queue.send('a', message('1'), never);

    await expect(failed).rejects.toMatchObject({ code: 'queue-full' });
    await queue.send('b', message('1'), never);
    queue.setFault(undefined, 'a');
    await queue.send('a', message('1'), never);
    expect([queue.messages('a'), queue.messages('b')].map(({ length }) => length)).toEqual([1, 1]);
  });

  it('memory queue: a hanging service is left at the abort and takes nothing', async () => {
    const queue = createMemoryEventQueue();
    const controller = new AbortController();

    queue.setFault({ kind: 'hang' });
    const hanging = queue.send('a', message('1'), controller.signal);
    controller.abort('deadline');

    await expect(hanging).rejects.toMatchObject({ code: 'aborted', cause: 'deadline' });
    expect(queue.messages('a')).toEqual([]);
  });

  it('memory queue: forgets an id after its window, and takes the same message once more', async () => {
    const clock = new ManualClock();
    const queue = createMemoryEventQueue({ duplicateWindow: { ms: 1_000, clock } });
    const sendAfter = async (ms: number): Promise<number> => {
      clock.advance(ms);
      await queue.send('a', message('1'), never);
      return queue.messages('a').length;
    };

    expect([await sendAfter(0), await sendAfter(999), await sendAfter(1)]).toEqual([1, 1, 2]);
  });

  it('memory queue: what was sent does not change with the buffer it was sent from', async () => {
    const queue = createMemoryEventQueue();
    const sent = message('1');

    await queue.send('a', sent, never);
    sent.body.fill(0);

    expect(queue.messages('a')[0]?.body.toString()).toBe('{}');
  });
});
