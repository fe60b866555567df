import { HttpRequest } from '@azure/functions';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { archiveBacklogQueue, type QueueMessage } from '../../../src/routing/event-queue.js';
import { answerTo } from '../../support/answer-to.js';
import { anyCharacter } from '../../support/any-character.js';
import { createMemoryApp, type MemoryApp, notifier } from '../../support/memory-app.js';
import { callHandler, postWebhook } from '../../support/post-webhook.js';

const secret = 'a-secret-for-cloudevents';
const environment = {
  PROVIDERS: 'cloudevents',
  WEBHOOK_SECRET_CLOUDEVENTS: secret,
  ADMIN_TOKEN: 'the-admin-token-of-the-tests',
  QUEUE_UNAVAILABLE: 'defer',
  MAX_MESSAGE_BYTES: '4096',
};

interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** As a header carries it: what is no visible ASCII is escaped. */
const headerValue = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).map(encodeURIComponent);
const name = fc.stringMatching(/^[a-z0-9]{1,12}$/).map((text) => `ce-${text}`);
const body = fc.oneof(
  fc.constant(''),
  fc.json({ maxDepth: 2 }),
  fc.string({ unit: anyCharacter }),
  fc.integer({ min: 3_000, max: 9_000 }).map((length) => JSON.stringify('x'.repeat(length))),
);
const contentType = fc.constantFrom(undefined, 'application/json', 'text/plain; charset="utf-8"', 'application/a+json');

const sent: fc.Arbitrary<Sent> = fc
  .record({ extensions: fc.dictionary(name, headerValue, { maxKeys: 6 }), id: headerValue, body, contentType })
  .map(({ extensions, id, body: text, contentType: type }) => ({
    headers: {
      authorization: `Bearer ${secret}`,
      ...(type !== undefined && { 'content-type': type }),
      ...extensions,
      'ce-specversion': '1.0',
      'ce-id': id,
      'ce-type': 'dev.acme.updated',
      'ce-source': '/acme',
    },
    body: Buffer.from(text),
  }));

interface OnTest {
  readonly app: MemoryApp;
  /** Every message that was on its way to the bot, whether its queue took it or not. */
  readonly tried: readonly QueueMessage[];
  post(delivery: Sent): Promise<number>;
}

const putOnTest = (queues: readonly string[] = [notifier.queue, archiveBacklogQueue]): OnTest => {
  const app = createMemoryApp({ bots: [notifier], environment, queues });
  app.secrets.set('cloudevents-webhook-secret', secret);
  app.secrets.set('admin-token', environment.ADMIN_TOKEN);
  const tried: QueueMessage[] = [];
  const { send } = app.queue;
  const watched: typeof send = (queue, message, signal) => {
    if (queue === notifier.queue) tried.push(message);
    return send(queue, message, signal);
  };
  Object.assign(app.queue, { send: watched });
  return {
    app,
    tried,
    post: async (delivery) =>
      (await answerTo(app, postWebhook(app.app.receiveWebhook, { provider: 'cloudevents', ...delivery }))).status,
  };
};

const down = { kind: 'error', code: 'unavailable' } as const;

/** The first message and the one that came by another way; the test has none when the sender was refused. */
const ways: Readonly<Record<string, (delivery: Sent) => Promise<readonly QueueMessage[]>>> = {
  'the outbox': async (delivery) => {
    const { app, tried, post } = putOnTest();
    app.queue.setFault(down, notifier.queue);
    await post(delivery);
    app.queue.setFault(undefined, notifier.queue);
    await app.drain();
    return tried;
  },
  'the archive backlog': async (delivery) => {
    const queues = [archiveBacklogQueue];
    const { app, tried, post } = putOnTest(queues);
    app.archive.setFault(down);
    await post(delivery);
    app.archive.setFault(undefined);
    queues.push(notifier.queue);
    await app.drain();
    return tried;
  },
  'a replay': async (delivery) => {
    const { app, tried, post } = putOnTest();
    await post(delivery);
    const request = new HttpRequest({
      method: 'POST',
      url: 'http://localhost/api/events/replay',
      headers: { authorization: `Bearer ${environment.ADMIN_TOKEN}` },
      body: { string: JSON.stringify({ from: '2025-12-31T00:00:00Z', to: '2026-01-31T00:00:00Z' }) },
    });
    expect((await callHandler(app.app.replayEvents, request)).status).toBe(200);
    return tried;
  },
};

describe('the very same message', () => {
  it.each(Object.entries(ways))('comes by way of %s as would have come at once', async (_, way) => {
    let compared = 0;

    await fc.assert(
      fc.asyncProperty(sent, async (delivery) => {
        const [first, ...others] = await way(delivery);

        for (const other of others) expect(other).toEqual(first);
        compared += others.length;
      }),
      { numRuns: 60 },
    );

    expect(compared).toBeGreaterThan(30);
  });
});
