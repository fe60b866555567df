import { describe, expect, it } from 'vitest';
import { localProviderSecret } from '../../../local/senders/local-provider-secret.js';
import { azureEventGrid } from '../../../src/providers/azure-event-grid.js';
import { cloudevents } from '../../../src/providers/cloudevents.js';
import { answerTo } from '../../support/answer-to.js';
import { notifier } from '../../support/memory-app.js';
import type { Reply } from '../../support/post-webhook.js';
import { type ProviderOnTest, putOnTest } from './provider-on-test.js';

const authorization = `Bearer ${localProviderSecret(azureEventGrid).stored}`;

const eventGridEvent = (id: string): string =>
  `{ "topic": "/subscriptions/a", "subject": "/blobs/${id}", "eventType": "Microsoft.Storage.BlobCreated", "id": "${id}", "data": {"size": 1.10, "etag": 820982911946154508} }`;

const post = ({ post: send }: ProviderOnTest, body: string, contentType = 'application/json'): Promise<Reply> =>
  send({ headers: { authorization, 'content-type': contentType }, body: Buffer.from(body) });

describe('a batch', () => {
  it('becomes one event each, every one by its own bytes', async () => {
    const test = putOnTest(azureEventGrid);

    const reply = await post(test, ` [ ${eventGridEvent('a')},\n${eventGridEvent('b')} , ${eventGridEvent('c')}]\n`);

    const messages = test.memory.queue.messages(notifier.queue).map(({ body }) => body.toString('utf8'));
    expect(reply).toMatchObject({ status: 200, json: { status: 'accepted' } });
    expect(reply.json?.['events']).toMatchObject([
      { id: '/subscriptions/a#a' },
      { id: '/subscriptions/a#b' },
      { id: '/subscriptions/a#c' },
    ]);
    expect(test.memory.archive.names()).toHaveLength(3);
    expect(messages.every((message) => message.includes('"size": 1.10, "etag": 820982911946154508'))).toBe(true);
    expect(test.memory.lines.filter(({ event }) => event === 'webhook.accepted')).toHaveLength(3);
  });

  it('is refused as a whole when one of its events cannot be kept, and accepted when it comes again', async () => {
    const test = putOnTest(azureEventGrid);
    const batch = `[${Array.from({ length: 40 }, (_, index) => eventGridEvent(`event-${index}`)).join(',')}]`;
    test.memory.archive.setFault({ kind: 'error', code: 'unavailable' });
    test.memory.batches.setFault('unavailable');
    test.memory.queue.setFault({ kind: 'error', code: 'unavailable' });

    const refused = await answerTo(test.memory, post(test, batch));
    test.memory.archive.setFault(undefined);
    test.memory.batches.setFault(undefined);
    test.memory.queue.setFault(undefined);
    test.memory.clock.advance(60_000);
    const accepted = await post(test, batch);

    expect(refused.status).toBe(503);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(accepted.status).toBe(200);
    expect(accepted.json?.['batch']).toEqual({ events: 40, waiting: 0 });
    expect(test.memory.archive.names()).toHaveLength(40);
  });

  it('without events is accepted, and nothing is kept', async () => {
    const test = putOnTest(cloudevents);

    const reply = await post(test, '[]', 'application/cloudevents-batch+json');

    expect(reply).toMatchObject({ status: 202, json: { status: 'accepted', events: [] } });
    expect(test.memory.archive.names()).toEqual([]);
  });

  it('is only what its media type says is one: a list that is one event stays whole', async () => {
    const test = putOnTest(cloudevents);
    const headers = {
      authorization,
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-type': 'list.made',
      'ce-source': '/lists',
      'ce-id': '1',
    };

    await test.post({ headers, body: Buffer.from('[1,2]') });

    expect(test.memory.archive.names()).toHaveLength(1);
  });

  it('of anything but objects is kept all the same, each item an unknown event', async () => {
    const test = putOnTest(azureEventGrid);

    const reply = await post(test, '[1,"two",[3],null]');

    expect(reply.status).toBe(200);
    expect(test.memory.queue.messages(notifier.queue).map(({ subject }) => subject)).toEqual(
      Array.from({ length: 4 }, () => 'azure-event-grid.unknown'),
    );
  });
});
