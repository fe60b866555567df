import { describe, expect, it } from 'vitest';
import { QueueError } from '../../../src/routing/queue-error.js';
import { attributedRefusals } from '../../../src/routing/route-event.js';
import { ManualClock } from '../../support/manual-clock.js';
import { createMemoryEventQueue } from '../../support/memory/event-queue.js';

const never = new AbortController().signal;

const createQueues = () => {
  const clock = new ManualClock();
  const memory = createMemoryEventQueue();
  const queue = attributedRefusals(memory, { clock });
  let sent = 0;
  const sendTo = async (name: string): Promise<string> => {
    sent += 1;
    const properties = { correlationId: 'c', subject: 's', contentType: 'application/json', applicationProperties: {} };
    const message = { body: Buffer.from('{}'), messageId: `message-${sent}`, ...properties };
    try {
      await queue.send(name, message, never);
      return 'sent';
    } catch (error) {
      return error instanceof QueueError ? error.code : 'something else';
    }
  };
  const refuse = (...names: readonly string[]): void => {
    for (const name of names) memory.setFault({ kind: 'error', code: 'unauthorized' }, name);
  };
  return { clock, memory, sendTo, refuse };
};

describe('refusals of our identity', () => {
  it('however often one queue refuses, it is that queue’s trouble', async () => {
    const { sendTo, refuse } = createQueues();
    refuse('one');

    const codes = [await sendTo('one'), await sendTo('one'), await sendTo('one')];

    expect(codes).toEqual(Array(3).fill('queue-unauthorized'));
  });

  it('a second queue that refuses within the minute makes it the service’s', async () => {
    const { clock, sendTo, refuse } = createQueues();
    refuse('one', 'two');
    await sendTo('one');
    clock.advance(59_999);

    expect([await sendTo('two'), await sendTo('one')]).toEqual(['unauthorized', 'unauthorized']);
  });

  it('a minute later they have nothing to do with each other', async () => {
    const { clock, sendTo, refuse } = createQueues();
    refuse('one', 'two');
    await sendTo('one');
    clock.advance(60_000);

    expect(await sendTo('two')).toBe('queue-unauthorized');
  });

  it('a queue that takes a message in between shows that the service knows us', async () => {
    const { sendTo, refuse } = createQueues();
    refuse('one', 'two');
    await sendTo('one');
    await sendTo('three');

    expect(await sendTo('two')).toBe('queue-unauthorized');
  });

  it('every other fault passes as it is', async () => {
    const { memory, sendTo } = createQueues();
    memory.setFault({ kind: 'error', code: 'throttled' }, 'one');

    expect(await sendTo('one')).toBe('throttled');
  });
});
