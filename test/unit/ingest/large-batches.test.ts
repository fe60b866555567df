import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { localProviderSecret } from '../../../local/senders/local-provider-secret.js';
import { azureEventGrid } from '../../../src/providers/azure-event-grid.js';
import type { Bot } from '../../../src/routing/bot.js';
import { archiveBacklogQueue } from '../../../src/routing/event-queue.js';
import { answerTo } from '../../support/answer-to.js';
import { createMemoryApp, type MemoryApp, notifier } from '../../support/memory-app.js';
import { callHandler, postWebhook, type Reply } from '../../support/post-webhook.js';
import { settled } from '../../support/until.js';

const { stored: secret } = localProviderSecret(azureEventGrid);
const unavailable = { kind: 'error', code: 'unavailable' } as const;

const ordered: Bot = { name: 'ordered', queue: 'bot-ordered', events: ['*'], ordered: true, orderBy: 'entity' };

const newApp = (environment: Readonly<Record<string, string>> = {}): MemoryApp => {
  const app = createMemoryApp({
    bots: [ordered, notifier],
    environment: { PROVIDERS: 'azure-event-grid', WEBHOOK_SECRET_AZURE_EVENT_GRID: secret, ...environment },
  });
  app.secrets.set('azure-event-grid-webhook-secret', secret);
  return app;
};

/** Ten conversations; what it says is in no canonical form. */
const event = (number: number): string =>
  `{ "topic": "/s/a", "subject": "/blobs/${number % 10}", "eventType": "Blob.Created", "id": "e-${number}", "data": {"size": 1.10} }`;

const batchOf = (count: number): string =>
  `[${Array.from({ length: count }, (_, number) => event(number)).join(', ')}]`;

const send = (app: MemoryApp, body: string): Promise<Reply> =>
  postWebhook(app.app.receiveWebhook, {
    provider: 'azure-event-grid',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: Buffer.from(body),
  });

const idOf = ({ body }: { readonly body: Buffer }): string => JSON.parse(body.toString('utf8')).deliveryid;
const idsIn = (app: MemoryApp, queue: string): readonly string[] => app.queue.messages(queue).map(idOf);
const idsUpTo = (count: number): readonly string[] => Array.from({ length: count }, (_, number) => `e-${number}`);

/** Of each conversation the events in the order in which they are in the batch. */
const expectInOrder = (app: MemoryApp, count: number): void => {
  const bySession = Map.groupBy(app.queue.messages('bot-ordered'), ({ sessionId }) => sessionId);
  expect(bySession.size).toBe(Math.min(10, count));
  for (const messages of bySession.values()) {
    const numbers = messages.map((message) => Number(idOf(message).slice(2)));
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
  }
};

const expectAllDelivered = (app: MemoryApp, count: number): void => {
  expect([...idsIn(app, 'bot-notifier')].toSorted()).toEqual(idsUpTo(count).toSorted());
  expect(app.queue.messages('bot-ordered')).toHaveLength(count);
  expectInOrder(app, count);
};

/** Past the time in which a batch is still its request's own, and past every cool-down. */
const later = (app: MemoryApp): void => app.clock.advance(60_000);

/** For what waits at a gate. */
const drainOnClock = async (app: MemoryApp): Promise<void> => {
  const run = { isOver: false };
  void app.drain().finally(() => {
    run.isOver = true;
  });
  while (!run.isOver) {
    app.clock.advance(500);
    await settled();
  }
};

describe('a large batch', () => {
  it('of 5,000 events is taken whole, those of one session in their order, and nothing is left of its record', async () => {
    const app = newApp();

    const reply = await send(app, batchOf(5_000));

    expect(reply).toMatchObject({ status: 200, json: { status: 'accepted', batch: { events: 5_000, waiting: 0 } } });
    expectAllDelivered(app, 5_000);
    expect(app.archive.names()).toHaveLength(5_000);
    expect(app.batches.pending()).toEqual([]);
  });

  it('has events as each would have come alone: same ids, same bytes, same place in the archive', async () => {
    const alone = newApp();
    const app = newApp();
    app.queue.setFault(unavailable);

    for (let number = 0; number < 3; number++) await send(alone, `[${event(number)}]`);
    await send(app, batchOf(40));
    app.queue.setFault(undefined);
    later(app);
    await app.drain();
    await app.drain();

    const facts = ({ messageId, sessionId, subject, body }: ReturnType<typeof app.queue.messages>[number]) => {
      const { correlationid: _, traceparent: __, ...envelope } = JSON.parse(body.toString('utf8'));
      const data = body.toString('utf8').slice(body.indexOf('"data":'));
      return { messageId, sessionId, subject, envelope, data };
    };
    const sorted = (of: MemoryApp) =>
      of.queue
        .messages('bot-ordered')
        .map(facts)
        .toSorted((one, other) => one.messageId.localeCompare(other.messageId));
    expect(sorted(app).filter(({ envelope }) => /^e-[012]$/.test(envelope.deliveryid))).toEqual(sorted(alone));
    expect(app.archive.names()).toEqual(expect.arrayContaining([...alone.archive.names()]));
  });

  it('is kept while Service Bus is down, as one record, and its events come when it is back', async () => {
    const app = newApp();
    app.queue.setFault(unavailable);
    await app.drain();

    const reply = await send(app, batchOf(1_000));

    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({ status: 'deferred' });
    expect(app.batches.pending()).toHaveLength(1);
    expect(app.outbox.records().size).toBeLessThan(50);
    app.queue.setFault(undefined);
    for (let run = 0; run < 4; run++) {
      later(app);
      await app.drain();
    }
    expect(app.batches.pending()).toEqual([]);
    expect([...idsIn(app, 'bot-notifier')].toSorted()).toEqual(idsUpTo(1_000).toSorted());
  });

  it('is kept while Blob Storage is down, in a few messages, and its events come when it is back', async () => {
    const app = newApp();
    app.archive.setFault(unavailable);
    app.outbox.setFault(unavailable);
    app.batches.setFault('unavailable');

    const reply = await send(app, batchOf(1_000));

    expect(reply).toMatchObject({
      status: 200,
      json: { status: 'deferred', batch: { events: 1_000, waiting: 1_000 } },
    });
    expect(app.queue.messages(archiveBacklogQueue).length).toBeLessThan(10);
    app.archive.setFault(undefined);
    app.outbox.setFault(undefined);
    app.batches.setFault(undefined);
    for (let run = 0; run < 4; run++) {
      later(app);
      await app.drain();
    }
    expectAllDelivered(app, 1_000);
    expect(app.batches.pending()).toEqual([]);
    expect(app.backlog.waiting()).toEqual([]);
  });

  it('is kept by the one store that works, although the breaker of that is open', async () => {
    const app = newApp();
    app.archive.setFault(unavailable);
    app.outbox.setFault(unavailable);
    app.batches.setFault('unavailable');
    app.queue.setFault(unavailable);
    for (let attempt = 0; attempt < 6; attempt++) await answerTo(app, send(app, batchOf(40 + attempt)));
    app.archive.setFault(undefined);
    app.outbox.setFault(undefined);
    app.batches.setFault(undefined);
    app.clock.advance(2_000);

    const reply = await answerTo(app, send(app, batchOf(1_000)));

    const turns = app.lines.filter(({ breaker }) => breaker === 'blob-storage').map(({ event: name }) => name);
    expect(turns).toEqual(['breaker.opened']);
    expect(reply).toMatchObject({ status: 200, json: { batch: { events: 1_000 } } });
    expect(app.batches.pending()).toHaveLength(1);
  });

  it('is refused while neither store takes it, and taken when it comes again', async () => {
    const app = newApp();
    app.archive.setFault(unavailable);
    app.batches.setFault('unavailable');
    app.queue.setFault(unavailable);

    const refused = await answerTo(app, send(app, batchOf(200)));
    app.archive.setFault(undefined);
    app.batches.setFault(undefined);
    app.queue.setFault(undefined);
    later(app);
    const taken = await send(app, batchOf(200));

    expect(refused.status).toBe(503);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(taken.status).toBe(200);
    // What a half-open breaker did not let through is in the outbox.
    later(app);
    await app.drain();
    expectAllDelivered(app, 200);
  });

  it('that comes twice has every event once', async () => {
    const app = newApp();

    await send(app, batchOf(100));
    app.clock.advance(5);
    await send(app, batchOf(100));

    expectAllDelivered(app, 100);
    expect(app.batches.pending()).toEqual([]);
  });

  it('whose request was killed in the middle is finished by the timer, each event once and in order', async () => {
    const app = newApp();
    app.queue.setFault({ kind: 'hang' });
    void send(app, batchOf(300));
    await new Promise((resolve) => setImmediate(resolve));

    // As another instance finds it: nothing that the request still does can be counted on.
    app.queue.setFault(undefined);
    later(app);
    await app.drain();
    later(app);
    await app.drain();

    expect(app.batches.pending()).toEqual([]);
    expectAllDelivered(app, 300);
  });

  it('is worked on by two instances at once without an event out of its order', async () => {
    const app = newApp();
    app.queue.setFault(unavailable);
    await send(app, batchOf(300));
    app.queue.setFault(undefined);
    later(app);

    await Promise.all([app.drain(), app.drain(), app.drain()]);
    later(app);
    await app.drain();

    expect(app.batches.pending()).toEqual([]);
    expect([...idsIn(app, 'bot-notifier')].toSorted()).toEqual(idsUpTo(300).toSorted());
  });

  it('leaves nothing in the log that a single event would not leave, but that it was stored', async () => {
    const app = newApp();

    await send(app, batchOf(100));

    expect(app.lines.filter(({ event: name }) => name === 'webhook.accepted')).toHaveLength(100);
    expect(app.lines.filter(({ event: name }) => name === 'webhook.batch-stored')).toMatchObject([
      { provider: 'azure-event-grid', where: 'blob-storage', events: 100, waiting: 0 },
    ]);
  });

  it('that is damaged where it is stored is said and left, and holds up no other', async () => {
    const app = newApp();
    await app.batches.create(
      { name: '2025/12/31/235959999-azure-event-grid-0123456789abcdef-00000.batch', bytes: Buffer.from('junk') },
      new AbortController().signal,
    );
    app.queue.setFault(unavailable);
    await send(app, batchOf(50));
    app.queue.setFault(undefined);
    later(app);

    await app.drain();
    later(app);
    await app.drain();

    expect(app.lines.filter(({ event: name }) => name === 'batch.unreadable')[0]).toMatchObject({ reason: 'damaged' });
    expect(idsIn(app, 'bot-notifier')).toHaveLength(50);
    expect(app.batches.pending()).toHaveLength(1);
  });

  it('that never splits is said once when it begins to fail, then once an hour, and again when it fails anew', async () => {
    const app = newApp();
    const damaged = {
      name: '2025/12/31/235959999-azure-event-grid-0123456789abcdef-00000.batch',
      bytes: Buffer.from('junk'),
    };
    const { signal } = new AbortController();
    await app.batches.create(damaged, signal);
    const drain = async (times: number): Promise<void> => {
      for (let run = 0; run < times; run += 1) {
        app.clock.advance(600_000);
        await app.drain();
      }
    };
    const said = (): number => app.lines.filter(({ event: name }) => name === 'batch.unreadable').length;

    await drain(6);
    expect(said()).toBe(1);
    await drain(6);
    expect(said()).toBe(2);

    await app.batches.remove(damaged.name, signal);
    await drain(1);
    await app.batches.create(damaged, signal);
    await drain(1);
    expect(said()).toBe(3);
  });

  it('of which some events are left is said once, and again when it is done', async () => {
    const app = newApp();
    app.queue.setFault(unavailable);
    await send(app, batchOf(50));
    app.archive.setFault(unavailable);
    const said = () => app.lines.filter(({ event: name }) => name === 'batch.split');
    for (let run = 0; run < 3; run += 1) {
      later(app);
      await drainOnClock(app);
    }
    expect(said()).toEqual([expect.objectContaining({ left: expect.any(Number) })]);

    app.queue.setFault(undefined);
    app.archive.setFault(undefined);
    for (let run = 0; run < 5; run += 1) {
      later(app);
      await app.drain();
    }

    expect(app.batches.pending()).toEqual([]);
    expect(said()).toEqual([expect.anything(), expect.objectContaining({ left: 0 })]);
  });

  it('that waits is counted in deep health and the metrics, and degrades health after a quarter of an hour', async () => {
    const app = newApp();
    const name = '2025/12/31/235959000-azure-event-grid-0123456789abcdef-00000.batch';
    await app.batches.create({ name, bytes: Buffer.from('junk') }, new AbortController().signal);
    const health = () =>
      callHandler(app.app.deepHealth, new HttpRequest({ method: 'GET', url: 'http://localhost/api/health/deep' }));

    const young = await health();
    app.clock.advance(900_000);
    const old = await health();

    expect(young.json).toMatchObject({
      checks: { batches: { healthy: true, message: '1 wait to be taken apart, the oldest for 1 s' } },
      batches: { pending: 1, oldestSeconds: 1 },
    });
    expect(old.json).toMatchObject({ status: 'degraded', checks: { batches: { healthy: false, status: 'Degraded' } } });
    const metrics = await callHandler(
      app.app.metrics,
      new HttpRequest({ method: 'GET', url: 'http://localhost/api/metrics' }),
    );
    expect(metrics.body).toContain('breakwater_waiting{store="batches",instance_id="test"} 1');
  });

  it('of more events than memory has room for is refused before it is taken apart', async () => {
    const app = newApp();

    const reply = await send(app, `[${'0,'.repeat(100_000)}0]`);

    expect(reply).toMatchObject({ status: 400, json: { code: 'MalformedPayload' } });
    expect(app.batches.pending()).toEqual([]);
  });
});

describe('a batch with a validation event', () => {
  const validation = `{"eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","id":"v","data":{"validationCode":"the-code"}}`;

  it.each([
    ['first', `[${validation},${event(0)},${event(1)}]`],
    ['in the middle', `[${event(0)},${validation},${event(1)}]`],
    ['last', `[${event(0)},${event(1)},${validation}]`],
  ])('%s: it is answered, and the others are kept', async (_where, body) => {
    const app = newApp();

    const reply = await send(app, body);

    expect(reply).toMatchObject({ status: 200, json: { validationResponse: 'the-code' } });
    expect(idsIn(app, 'bot-notifier')).toEqual(['e-0', 'e-1']);
  });

  it('among many: it is answered, and the others are kept', async () => {
    const app = newApp();

    const reply = await send(app, `[${validation},${batchOf(100).slice(1)}`);

    expect(reply).toMatchObject({ status: 200, json: { validationResponse: 'the-code' } });
    expectAllDelivered(app, 100);
  });

  it('is not answered while the others cannot be kept', async () => {
    const app = newApp();
    app.archive.setFault(unavailable);
    app.batches.setFault('unavailable');
    app.queue.setFault(unavailable);

    expect((await answerTo(app, send(app, `[${validation},${event(0)}]`))).status).toBe(503);
  });

  it('twice: one is answered, the other kept as an event', async () => {
    const app = newApp();

    await send(app, `[${validation},${validation.replace('the-code', 'another')}]`);

    expect(idsIn(app, 'bot-notifier')).toEqual(['v']);
  });
});
