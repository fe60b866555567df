import { describe, expect, it } from 'vitest';
import { archiveBacklogQueue } from '../../../../src/routing/event-queue.js';
import { QueueError } from '../../../../src/routing/queue-error.js';
import { answerTo } from '../../../support/answer-to.js';
import { createMemoryApp, type MemoryAppOptions, mergeWarden, notifier } from '../../../support/memory-app.js';
import { settled } from '../../../support/until.js';

const id = 'b16b00b5-0000-4000-8000-000000000001';

const opened = {
  action: 'opened',
  pull_request: { number: 42 },
  repository: { full_name: 'octo-org/octo-repo', html_url: 'https://github.com/octo-org/octo-repo' },
};

const deferring = (options: MemoryAppOptions = {}) =>
  createMemoryApp({ ...options, environment: { QUEUE_UNAVAILABLE: 'defer', ...options.environment } });

describe('owed: Service Bus fails while the archive works', () => {
  it('rejected, the reply says that the event is archived and deferred, and the outbox owes it to every bot', async () => {
    const { github, queue, outbox } = createMemoryApp();
    queue.setFault({ kind: 'error', code: 'unavailable' });

    const reply = await github('pull_request', opened);

    expect(reply.status).toBe(503);
    expect(reply.json).toMatchObject({
      code: 'QueueingFailed',
      service: 'service-bus',
      archived: true,
      deferred: true,
    });
    expect(reply.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    const records = [...outbox.records()];
    expect(records).toHaveLength(1);
    expect(records[0]?.[0]).toBe(`2026/01/01/00/${id}.json`);
    expect(records[0]?.[1]).toMatchObject({
      attributes: { id, type: 'github.pull_request.opened', provider: 'github' },
      repository: 'octo-org/octo-repo',
      payload: { archiveName: `github/2026/01/01/${id}.json`, travels: 'json', size: JSON.stringify(opened).length },
      owed: [
        { bot: 'merge-warden', queue: 'bot-merge-warden', sessionId: 'octo-org/octo-repo/pull_request/42' },
        { bot: 'notifier', queue: 'bot-notifier', attempts: 0 },
      ],
      history: [
        { bot: 'merge-warden', reason: 'unavailable', times: 1 },
        { bot: 'notifier', reason: 'unavailable' },
      ],
    });
  });

  it('deferred, the reply is 202 and names Service Bus as degraded', async () => {
    const { github, queue, outbox, lines } = deferring();
    queue.setFault({ kind: 'error', code: 'unavailable' });

    const reply = await github('pull_request', opened);

    expect(reply.status).toBe(202);
    expect(reply.json).toEqual({
      id,
      type: 'github.pull_request.opened',
      status: 'deferred',
      archived: true,
      routedTo: [],
      degraded: ['service-bus'],
      duplicate: false,
      correlationId: 'correlation-1',
    });
    expect(outbox.records().size).toBe(1);
    expect(lines.at(-1)).toMatchObject({ event: 'webhook.deferred' });
  });

  it('only the queues that did not get it are owed: bots that have it are not sent it again', async () => {
    const { github, queue, outbox } = deferring();
    queue.setFault({ kind: 'error', code: 'throttled' }, mergeWarden.queue);

    const reply = await github('pull_request', opened);

    expect(reply.json).toMatchObject({ status: 'deferred', routedTo: ['notifier'] });
    const [record] = outbox.records().values();
    expect(record?.owed.map(({ bot }) => bot)).toEqual(['merge-warden']);
  });

  it('with the breaker open nobody waits, and the event is deferred all the same', async () => {
    const { github, queue, outbox } = createMemoryApp({ bots: [notifier] });
    queue.setFault({ kind: 'error', code: 'unavailable' });
    for (let n = 0; n < 5; n += 1) await github('pull_request', opened, { delivery: `fails-${n}` });

    const reply = await github('pull_request', opened, { delivery: 'refused-at-once' });

    expect(reply.json).toMatchObject({ code: 'CircuitBreakerOpen', archived: true, deferred: true });
    expect(outbox.records().size).toBe(6);
    const record = outbox.records().get('2026/01/01/00/refused-at-once.json');
    expect(record?.history).toMatchObject([{ bot: 'notifier', reason: 'circuit-open' }]);
  });

  it('a claim check is owed as a claim check', async () => {
    const { github, queue, outbox } = deferring({ environment: { MAX_MESSAGE_BYTES: '4096' } });
    queue.setFault({ kind: 'error', code: 'unavailable' });

    await github('pull_request', { ...opened, padding: 'x'.repeat(5000) });

    const [record] = outbox.records().values();
    expect(record?.payload).toMatchObject({
      travels: 'claim-check',
      url: `memory://webhook-payloads/${record?.payload.archiveName}`,
    });
  });

  it('a form is owed as a form', async () => {
    const { github, queue, outbox } = deferring();
    queue.setFault({ kind: 'error', code: 'unavailable' });
    const form = `payload=${encodeURIComponent(JSON.stringify(opened))}`;

    await github('pull_request', form, { headers: { 'content-type': 'application/x-www-form-urlencoded' } });

    const [record] = outbox.records().values();
    expect(record?.payload.travels).toBe('binary');
  });

  it('a delivery that comes again is owed once', async () => {
    const { github, queue, outbox } = createMemoryApp();
    queue.setFault({ kind: 'error', code: 'unavailable' });

    await github('pull_request', opened);
    const again = await github('pull_request', opened);

    expect(again.json).toMatchObject({ deferred: true });
    expect(outbox.records().size).toBe(1);
  });

  it('without a record nothing is acknowledged, whatever the setting', async () => {
    const memory = deferring();
    const { github, queue, outbox } = memory;
    queue.setFault({ kind: 'error', code: 'unavailable' });
    outbox.setFault({ kind: 'error', code: 'unavailable' });

    const reply = await answerTo(memory, github('pull_request', opened));

    expect(reply.status).toBe(503);
    expect(reply.json).toMatchObject({ code: 'QueueingFailed', archived: true });
    expect(reply.json).not.toHaveProperty('deferred');
  });

  it('storage that hangs on the record costs no more than the rest of the budget', async () => {
    const { github, queue, outbox, clock } = deferring();
    queue.setFault({ kind: 'hang' });
    outbox.setFault({ kind: 'hang' });

    const waiting = github('pull_request', opened);
    for (let second = 0; second < 9; second += 1) {
      await settled();
      clock.advance(1_000);
    }
    const reply = await waiting;

    expect(reply.status).toBe(503);
  });
});

describe('owed: one bot has no queue', () => {
  it('the sender gets 202, and the outbox keeps the copy of that bot', async () => {
    const { github, outbox } = createMemoryApp({ queues: [notifier.queue] });

    const reply = await github('pull_request', opened);

    expect(reply.status).toBe(202);
    expect(reply.json).toMatchObject({ status: 'accepted', routedTo: ['notifier'], degraded: ['bot:merge-warden'] });
    const [record] = outbox.records().values();
    expect(record?.owed).toMatchObject([{ bot: 'merge-warden' }]);
    expect(record?.history).toMatchObject([{ bot: 'merge-warden', reason: 'queue-missing' }]);
  });

  it('when the outbox fails, the copy waits in the archive backlog with its payload', async () => {
    const memory = createMemoryApp({ queues: [notifier.queue, archiveBacklogQueue] });
    const { github, outbox, queue } = memory;
    outbox.setFault({ kind: 'error', code: 'unavailable' });

    const reply = await answerTo(memory, github('pull_request', opened));

    expect(reply.status).toBe(202);
    const [backlogged] = queue.messages(archiveBacklogQueue);
    expect(JSON.parse(backlogged?.applicationProperties['owed'] ?? '[]')).toEqual([
      {
        bot: 'merge-warden',
        queue: 'bot-merge-warden',
        sessionId: 'octo-org/octo-repo/pull_request/42',
        reason: 'queue-missing',
      },
    ]);
  });

  it('when storage fails altogether, the payload and what is owed wait in the archive backlog', async () => {
    const { github, archive, queue } = createMemoryApp({ queues: [notifier.queue, archiveBacklogQueue] });
    archive.setFault({ kind: 'error', code: 'unavailable' });

    const reply = await github('pull_request', opened);

    expect(reply.json).toMatchObject({ archived: false, degraded: ['blob-storage', 'bot:merge-warden'] });
    expect(queue.messages(archiveBacklogQueue)[0]?.applicationProperties['owed']).toContain('merge-warden');
  });

  it('when it can be written down nowhere, nothing is acknowledged', async () => {
    const memory = createMemoryApp({ queues: [notifier.queue] });
    const { github, outbox, queue } = memory;
    outbox.setFault({ kind: 'error', code: 'unavailable' });
    expect(queue.messages(archiveBacklogQueue)).toEqual([]);

    const reply = await answerTo(memory, github('pull_request', opened));

    expect(reply.status).toBe(503);
    expect(reply.json).toMatchObject({ code: 'QueueingFailed', archived: true });
    expect(reply.json).not.toHaveProperty('deferred');
  });
});

describe('owed: by the backlog, to more bots than before', () => {
  const failing = { kind: 'error', code: 'queue-full' } as const;

  it('a bot that is new since an earlier copy of the event waits there gets what it was promised', async () => {
    const before = deferring({ bots: [mergeWarden] });
    const now = deferring({ bots: [mergeWarden, notifier], beside: before });
    before.archive.setFault({ kind: 'error', code: 'unavailable' });
    before.queue.setFault(failing, mergeWarden.queue);
    await before.github('pull_request', opened);
    now.queue.setFault(failing, notifier.queue);
    expect((await answerTo(now, now.github('pull_request', opened))).json).toMatchObject({ routedTo: [] });
    for (const queue of [mergeWarden.queue, notifier.queue]) now.queue.setFault(undefined, queue);
    now.archive.setFault(undefined);

    for (let run = 0; run < 3; run += 1) {
      now.clock.advance(60_000);
      await now.drain();
    }

    expect(now.queue.messages(notifier.queue)).toHaveLength(1);
    expect(now.queue.messages(mergeWarden.queue)).toHaveLength(1);
  });

  it('what a repeat says is owed is remembered like all that the outbox brings: no bot gets it again two days later', async () => {
    const app = deferring();
    app.archive.setFault({ kind: 'error', code: 'unavailable' });
    app.queue.setFault(failing, mergeWarden.queue);
    expect((await app.github('pull_request', opened)).json).toMatchObject({ routedTo: ['notifier'] });
    app.queue.setFault(failing, notifier.queue);
    expect((await answerTo(app, app.github('pull_request', opened))).json).toMatchObject({ routedTo: [] });
    for (const queue of [mergeWarden.queue, notifier.queue]) app.queue.setFault(undefined, queue);
    app.archive.setFault(undefined);
    for (let run = 0; run < 3; run += 1) {
      app.clock.advance(60_000);
      await app.drain();
    }

    app.clock.advance(2 * 86_400_000);
    await app.github('pull_request', opened);

    expect(app.queue.messages(notifier.queue)).toHaveLength(1);
    expect(app.queue.messages(mergeWarden.queue)).toHaveLength(1);
  });
});

describe('owed: nothing', () => {
  it('an event that every bot has leaves no record', async () => {
    const { github, outbox } = createMemoryApp();

    await github('pull_request', opened);

    expect(outbox.records().size).toBe(0);
  });

  it('storage fails: nobody is owed anything by the backlog', async () => {
    const { github, archive, queue } = createMemoryApp();
    archive.setFault({ kind: 'error', code: 'unavailable' });

    await github('pull_request', opened);

    expect(queue.messages(archiveBacklogQueue)[0]?.applicationProperties).not.toHaveProperty('owed');
  });
});

describe('owed: a queue whose limit is below that of a message here', () => {
  const small = () => {
    const app = deferring();
    const { send } = app.queue;
    const refuses = ([queue, message]: Parameters<typeof send>) =>
      queue === mergeWarden.queue && 'data' in JSON.parse(String(message.body));
    Object.assign(app.queue, {
      send: (...args: Parameters<typeof send>) =>
        refuses(args) ? Promise.reject(new QueueError('message-too-large', 'On purpose')) : send(...args),
    });
    return app;
  };

  it('gets a claim check at once, others the payload, and its session goes on', async () => {
    const { github, queue, outbox } = small();

    const first = await github('pull_request', opened, { delivery: 'first' });
    const second = await github('pull_request', opened, { delivery: 'second' });

    for (const { json } of [first, second]) {
      expect(json).toMatchObject({ status: 'accepted', routedTo: ['merge-warden', 'notifier'], degraded: [] });
    }
    const envelopes = queue.messages(mergeWarden.queue).map(({ body }) => JSON.parse(String(body)));
    expect(envelopes).toMatchObject([
      { id: 'first', dataref: expect.any(String), datasize: JSON.stringify(opened).length },
      { id: 'second', dataref: expect.any(String) },
    ]);
    expect(queue.messages(notifier.queue).map(({ body }) => JSON.parse(String(body)).data)).toEqual([opened, opened]);
    expect(outbox.records().size).toBe(0);
  });

  it('is owed it while the archive, where a claim check would lie, does not answer', async () => {
    const { github, queue, archive, drain, outbox, clock } = small();
    archive.setFault({ kind: 'error', code: 'unavailable' });

    const reply = await github('pull_request', opened);
    expect(reply.json).toMatchObject({ status: 'accepted', degraded: ['blob-storage', 'bot:merge-warden'] });
    archive.setFault(undefined);
    clock.advance(60_000);
    await drain();

    expect(outbox.records().size).toBe(0);
    expect(queue.messages(mergeWarden.queue)).toHaveLength(1);
  });
});
