import { createHash } from 'node:crypto';
import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { lineOf } from '../../../examples/bot/run-bot.js';
import { localProviderSecret } from '../../../local/senders/local-provider-secret.js';
import { parseEnvelope, traceContext } from '../../../src/consumer/consumer.js';
import { encodeEnvelope } from '../../../src/envelope/encode-envelope.js';
import { readBacklogged } from '../../../src/outbox/backlog/read-backlogged.js';
import { decodeRecord, encodeRecord } from '../../../src/outbox/record/outbox-record.js';
import { azureEventGrid } from '../../../src/providers/azure-event-grid.js';
import { decodeQuarantined, encodeQuarantined } from '../../../src/quarantine/quarantined-delivery.js';
import { createMemoryApp, type MemoryApp, notifier } from '../../support/memory-app.js';
import { callHandler, postWebhook } from '../../support/post-webhook.js';
import { sampleAttributes } from '../envelope/sample-attributes.js';
import { sampleRecord } from '../outbox/sample-record.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
const tracestate = 'rojo=00f067aa0ba902b7,fw529a3039@dt=x y';
const headers = { traceparent, tracestate };
const unavailable = { kind: 'error', code: 'unavailable' } as const;

const newApp = (): MemoryApp =>
  createMemoryApp({ bots: [notifier], environment: { QUEUE_UNAVAILABLE: 'defer', MAX_MESSAGE_BYTES: '4096' } });

const star = { action: 'created', repository: { full_name: 'o/r', html_url: 'https://github.com/o/r' } };
const post = (app: MemoryApp, payload: unknown = star) => app.github('star', payload, { headers });

const replay = async (app: MemoryApp): Promise<void> => {
  app.secrets.set('admin-token', 'an-admin-token-for-tests');
  await post(app);
  const request = new HttpRequest({
    method: 'POST',
    url: 'http://localhost/api/events',
    headers: { authorization: 'Bearer an-admin-token-for-tests' },
    params: { id: 'b16b00b5-0000-4000-8000-000000000001' },
    body: { bytes: Buffer.from('{"force":true}') },
  });
  await callHandler(app.app.replayEvent, request);
};

/** The ways by which an event gets to a bot, and how many messages each leaves in its queue. */
const ways: Readonly<
  Record<string, { readonly go: (app: MemoryApp) => Promise<unknown>; readonly messages?: number }>
> = {
  'at once': { go: (app) => post(app) },
  'as a claim check': { go: (app) => post(app, { ...star, padding: 'x'.repeat(5_000) }) },
  'through the outbox': {
    go: async (app) => {
      app.queue.setFault(unavailable);
      await post(app);
      app.queue.setFault(undefined);
      await app.drain();
    },
  },
  'through the archive backlog and the outbox': {
    go: async (app) => {
      app.archive.setFault(unavailable);
      app.queue.setFault({ kind: 'error', code: 'queue-missing' }, notifier.queue);
      await post(app);
      app.archive.setFault(undefined);
      app.queue.setFault(undefined, notifier.queue);
      app.clock.advance(60_000);
      await app.drain();
      await app.drain();
    },
  },
  'through quarantine': {
    go: async (app) => {
      app.secrets.setFault({ kind: 'fail', code: 'unavailable' });
      await post(app);
      app.secrets.setFault({ kind: 'none' });
      app.clock.advance(3_600_000);
      await app.drain();
    },
  },
  'and again by a replay from the archive': { go: replay, messages: 2 },
};

describe("one trace from the sender's request to the bot", () => {
  it.each(Object.entries(ways))('%s', async (_way, { go, messages: count = 1 }) => {
    const app = newApp();

    await go(app);

    const messages = app.queue.messages(notifier.queue);
    expect(messages).toHaveLength(count);
    for (const message of messages) {
      const event = parseEnvelope(message);
      expect(traceContext(event)).toEqual({
        traceId,
        headers: { traceparent: expect.stringMatching(`^00-${traceId}-[0-9a-f]{16}-01$`), tracestate },
      });
      expect(message.applicationProperties).toMatchObject(traceContext(event)?.headers ?? {});
      expect(JSON.parse(lineOf(event, Buffer.alloc(3)))).toMatchObject({
        type: 'github.star.created',
        bytes: 3,
        trace: traceId,
      });
      expect(event.attributes.extensions).toBeUndefined();
    }
  });

  it('and of every event of a batch that was stored first', async () => {
    const { stored: secret } = localProviderSecret(azureEventGrid);
    const app = createMemoryApp({
      bots: [notifier],
      environment: { PROVIDERS: 'azure-event-grid', WEBHOOK_SECRET_AZURE_EVENT_GRID: secret },
    });
    app.secrets.set('azure-event-grid-webhook-secret', secret);
    const events = Array.from({ length: 40 }, (_, number) => ({
      topic: '/s/a',
      subject: `/blobs/${number}`,
      eventType: 'Blob.Created',
      id: `e-${number}`,
      data: {},
    }));

    app.queue.setFault(unavailable, notifier.queue);
    await postWebhook(app.app.receiveWebhook, {
      provider: 'azure-event-grid',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json', ...headers },
      body: Buffer.from(JSON.stringify(events)),
    });
    app.queue.setFault(undefined, notifier.queue);
    for (let run = 0; run < 3; run += 1) {
      app.clock.advance(60_000);
      await app.drain();
    }

    const states = app.queue.messages(notifier.queue).map((message) => parseEnvelope(message).attributes.tracestate);
    expect(states).toEqual(Array(40).fill(tracestate));
  });

  it.each([
    ['is malformed', { traceparent, tracestate: 'Not=Valid' }],
    ['came without a traceparent', { tracestate }],
    ['came beside one that is not valid', { traceparent: 'nonsense', tracestate }],
    ['is too long', { traceparent, tracestate: `a=${'x'.repeat(255)},b=${'x'.repeat(255)}` }],
  ])('a tracestate that %s goes nowhere, and its delivery is taken', async (_what, sent) => {
    const app = newApp();

    const reply = await app.github('star', star, { headers: sent });

    const [message] = app.queue.messages(notifier.queue);
    expect(reply.status).toBe(202);
    expect(JSON.parse(message?.body.toString() ?? '{}')).not.toHaveProperty('tracestate');
    expect(message?.applicationProperties).not.toHaveProperty('tracestate');
  });
});

describe('what was written before traces had a state', () => {
  it('in quarantine and in the outbox is read as it was', () => {
    const delivery = {
      provider: 'github',
      receivedAt: new Date('2026-01-02T03:04:05.678Z'),
      correlationId: 'c',
      traceparent,
      clientAddress: undefined,
      headers: [],
      query: [],
      body: Buffer.from('{}'),
    };

    expect(decodeQuarantined(encodeQuarantined(delivery))).toEqual(delivery);
    expect(decodeRecord(encodeRecord(sampleRecord()))).toEqual(sampleRecord());
  });

  it.each(['', 'not=a=state', 'x'.repeat(2_000)])("may hold a sender's own text under that name: %j", (text) => {
    const bytes = Buffer.from('{}');
    const body = encodeEnvelope({ ...sampleAttributes, extensions: { tracestate: text } }, { kind: 'json', bytes });
    const record = sampleRecord();
    const old = { ...record, attributes: { ...record.attributes, extensions: { tracestate: text } } };
    const sha256 = createHash('sha256').update(bytes).digest('hex');

    expect(readBacklogged({ body, applicationProperties: { sha256 } })).toMatchObject({ kind: 'payload' });
    expect(decodeRecord(encodeRecord(old))).toEqual(old);
    expect(traceContext(parseEnvelope(body))?.headers).toEqual({ traceparent: sampleAttributes.traceparent });
  });
});
