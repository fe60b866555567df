import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { QueueMessage } from '../../../src/routing/event-queue.js';
import { createMemoryApp, type MemoryApp, notifier } from '../../support/memory-app.js';

const delivery = '72d3162e-cc78-11e3-81ab-4c9367dc0958';
const issue = (installation: number) => ({
  action: 'opened',
  issue: { number: 7 },
  installation: { id: installation },
});

const held = ({ queue }: MemoryApp): readonly QueueMessage[] => queue.messages(notifier.queue);

describe('identity of an event', () => {
  it('two hooks that share a GUID and differ in their bodies are two events for every bot', async () => {
    const app = createMemoryApp({ bots: [notifier] });

    const replies = [
      await app.github('issues', issue(1), { delivery }),
      await app.github('issues', issue(2), { delivery }),
    ];

    expect(replies.map(({ json }) => json)).toMatchObject([
      { id: delivery, routedTo: ['notifier'], duplicate: false },
      { id: delivery, routedTo: ['notifier'], duplicate: false },
    ]);
    expect(held(app).map(({ body }) => JSON.parse(body.toString()).data.installation.id)).toEqual([1, 2]);
  });

  it('the same bytes under the same GUID are one message, however often they come', async () => {
    const app = createMemoryApp({ bots: [notifier] });

    await app.github('issues', issue(1), { delivery });
    await app.github('issues', issue(2), { delivery });
    const repeats = [
      await app.github('issues', issue(1), { delivery }),
      await app.github('issues', issue(2), { delivery }),
    ];

    expect(repeats.map(({ json }) => json)).toMatchObject([{ duplicate: true }, { duplicate: true }]);
    expect(held(app)).toHaveLength(2);
  });

  it('a message brings the same id by way of the outbox as straight from the webhook', async () => {
    const app = createMemoryApp({ bots: [notifier], environment: { QUEUE_UNAVAILABLE: 'defer' } });
    app.queue.setFault({ kind: 'error', code: 'unavailable' });
    for (const n of [1, 2]) await app.github('issues', issue(n), { delivery });
    app.queue.setFault(undefined);

    await app.drain();
    for (const n of [1, 2]) await app.github('issues', issue(n), { delivery });

    const hashes = [1, 2].map((n) =>
      createHash('sha256')
        .update(JSON.stringify(issue(n)))
        .digest('hex'),
    );
    expect(
      held(app)
        .map(({ messageId }) => messageId)
        .toSorted(),
    ).toEqual(hashes.map((sha256) => `github:${delivery}:${sha256}`).toSorted());
  });
});
