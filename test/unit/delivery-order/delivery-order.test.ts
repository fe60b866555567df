import { describe, expect, it } from 'vitest';
import { QueueError, type QueueErrorCode } from '../../../src/routing/queue-error.js';
import { answerTo } from '../../support/answer-to.js';
import { eventIdIn } from '../../support/event-id-in.js';
import {
  createMemoryApp,
  type MemoryApp,
  type MemoryAppOptions,
  mergeWarden,
  notifier,
} from '../../support/memory-app.js';
import { settled } from '../../support/until.js';

const pullRequest = (number: number, action = 'opened') => ({
  action,
  pull_request: { number },
  repository: { full_name: 'octo-org/octo-repo', html_url: 'https://github.com/octo-org/octo-repo' },
});

/** The Service Bus breaker is too patient to open. */
const start = (options: MemoryAppOptions = {}): MemoryApp =>
  createMemoryApp({
    bots: [mergeWarden],
    ...options,
    environment: { CircuitBreaker__serviceBus__failureThreshold: '1000', ...options.environment },
  });

const deliver = (app: MemoryApp, delivery: string, number = 42) =>
  app.github('pull_request', pullRequest(number, delivery), { delivery });

const failing = (code: QueueErrorCode) => ({ kind: 'error', code }) as const;

const held = ({ queue }: MemoryApp) => queue.messages(mergeWarden.queue).map(eventIdIn);
const owed = ({ outbox }: MemoryApp) => [...outbox.records().values()].map(({ attributes }) => attributes.id);

describe('delivery order: one instance', () => {
  it.each([
    ['Service Bus fails', 'unavailable', 503],
    ['its queue is full', 'queue-full', 202],
    ['its queue is missing', 'queue-missing', 202],
  ] as const)('%s: what comes later in the session is written behind what is owed, and answered 202', async (_, code, status) => {
    const app = start();
    app.queue.setFault(failing(code), mergeWarden.queue);
    expect((await deliver(app, 'opened')).status).toBe(status);
    app.queue.setFault(undefined, mergeWarden.queue);

    const reply = await deliver(app, 'closed');

    expect(reply).toMatchObject({
      status: 202,
      json: { status: 'accepted', archived: true, routedTo: [], degraded: ['bot:merge-warden'] },
    });
    expect(held(app)).toEqual([]);
    await app.drain();
    expect(held(app)).toEqual(['opened', 'closed']);
    expect(owed(app)).toEqual([]);
  });

  it('other sessions, and bots that are not ordered, are sent to at once', async () => {
    const app = start({ bots: [mergeWarden, notifier] });
    app.queue.setFault(failing('queue-full'), mergeWarden.queue);
    await deliver(app, 'opened');
    app.queue.setFault(undefined, mergeWarden.queue);

    await deliver(app, 'closed');
    await deliver(app, 'elsewhere', 7);

    expect(held(app)).toEqual(['elsewhere']);
    expect(app.queue.messages(notifier.queue).map(eventIdIn)).toEqual(['opened', 'closed', 'elsewhere']);
  });

  it('once all is delivered the next one is sent at once', async () => {
    const app = start();
    app.queue.setFault(failing('queue-full'), mergeWarden.queue);
    await deliver(app, 'opened');
    app.queue.setFault(undefined, mergeWarden.queue);
    await app.drain();
    app.clock.advance(1_001);

    const reply = await deliver(app, 'closed');

    expect(reply.json).toMatchObject({ routedTo: ['merge-warden'], degraded: [] });
    expect(held(app)).toEqual(['opened', 'closed']);
  });

  it('the order stands when the owed copy waits in the archive backlog', async () => {
    const app = start();
    app.queue.setFault(failing('queue-full'), mergeWarden.queue);
    app.archive.setFault({ kind: 'error', code: 'unavailable' });
    await deliver(app, 'opened');
    app.queue.setFault(undefined, mergeWarden.queue);
    app.archive.setFault(undefined);
    app.clock.advance(60_000);

    const reply = await deliver(app, 'closed');

    expect(reply.json).toMatchObject({ archived: true, routedTo: [] });
    await app.drain();
    expect(held(app)).toEqual(['opened', 'closed']);
  });

  it('a send that hangs makes the next of its session wait to see what becomes of it', async () => {
    const app = start();
    app.queue.setFault({ kind: 'hang' }, mergeWarden.queue);
    const opened = deliver(app, 'opened');
    await settled();
    app.clock.advance(1_000);
    app.queue.setFault(undefined, mergeWarden.queue);
    const closed = deliver(app, 'closed');
    await settled();
    app.clock.advance(4_000);

    expect((await opened).status).toBe(503);
    expect((await closed).status).toBe(202);

    expect(held(app)).toEqual([]);
    await app.drain();
    expect(held(app)).toEqual(['opened', 'closed']);
  });

  it.each([
    ['in the outbox', undefined],
    ['in the archive backlog', { kind: 'error', code: 'unavailable' }],
  ] as const)('sends that fail when their copies are written down %s, and delivered, hold up nothing that comes later', async (_, storageFault) => {
    const app = start({ environment: { QUEUE_UNAVAILABLE: 'defer' } });
    app.queue.setFault({ kind: 'hang' }, mergeWarden.queue);
    app.archive.setFault(storageFault);
    const opened = deliver(app, 'opened');
    await settled();
    app.clock.advance(250);
    // Waits to see what becomes of the first one.
    const closed = deliver(app, 'closed');
    expect((await answerTo(app, opened)).json).toMatchObject({ status: 'deferred' });
    expect((await answerTo(app, closed)).json).toMatchObject({ status: 'deferred' });
    app.queue.setFault(undefined, mergeWarden.queue);
    app.archive.setFault(undefined);
    await app.drain();
    expect(held(app)).toEqual(['opened', 'closed']);
    app.clock.advance(6_000);
    await settled();

    const reply = await deliver(app, 'reopened');

    expect(reply.json).toMatchObject({ routedTo: ['merge-warden'], degraded: [] });
    expect(held(app)).toEqual(['opened', 'closed', 'reopened']);
  });

  it('what could be written down nowhere holds nobody up for long', async () => {
    const app = start({ environment: { CircuitBreaker__blobStorage__failureThreshold: '1000' } });
    app.queue.setFault(failing('unavailable'));
    app.archive.setFault({ kind: 'error', code: 'unavailable' });
    expect((await answerTo(app, deliver(app, 'opened'))).json).not.toHaveProperty('deferred');
    app.queue.setFault(undefined);
    app.archive.setFault(undefined);
    app.clock.advance(15_000);

    await deliver(app, 'closed');

    expect(held(app)).toEqual(['closed']);
  });

  it('with its breaker open Service Bus is what is said to be unavailable', async () => {
    const app = start({
      bots: [mergeWarden, notifier],
      environment: { CircuitBreaker__serviceBus__failureThreshold: '2' },
    });
    app.queue.setFault(failing('unavailable'));
    await deliver(app, 'opened');

    const reply = await deliver(app, 'closed');

    expect(reply).toMatchObject({ status: 503, json: { code: 'CircuitBreakerOpen', archived: true, deferred: true } });
  });
});

describe('delivery order: several instances', () => {
  const pair = (): readonly [MemoryApp, MemoryApp] => {
    const one = start();
    return [one, start({ beside: one })];
  };

  const owes = async (app: MemoryApp, delivery: string): Promise<void> => {
    app.queue.setFault(failing('queue-full'), mergeWarden.queue);
    await deliver(app, delivery);
    app.queue.setFault(undefined, mergeWarden.queue);
  };

  it('within 5 s another instance writes later events behind what one owes', async () => {
    const [one, other] = pair();
    await deliver(other, 'before', 1);
    await owes(one, 'opened');
    one.clock.advance(5_000);

    const reply = await deliver(other, 'closed');

    expect(reply.json).toMatchObject({ routedTo: [], degraded: ['bot:merge-warden'] });
    await other.drain();
    expect(held(one)).toEqual(['before', 'opened', 'closed']);
  });

  it('an instance that has just started knows what others owe', async () => {
    const one = start();
    await owes(one, 'opened');

    await deliver(start({ beside: one }), 'closed');

    expect(held(one)).toEqual([]);
    expect(owed(one)).toEqual(['opened', 'closed']);
  });

  it('an instance that has just started waits for a listing that takes its time', async () => {
    const one = start();
    await owes(one, 'opened');
    const other = start({ beside: one });
    const { list } = one.outbox;
    const listing = Promise.withResolvers<void>();
    Object.assign(one.outbox, {
      list: async (...args: Parameters<typeof list>) => {
        await listing.promise;
        return list(...args);
      },
    });

    const reply = deliver(other, 'closed');
    await settled();
    one.clock.advance(900);
    listing.resolve();
    await reply;

    expect(held(one)).toEqual([]);
    expect(owed(one)).toEqual(['opened', 'closed']);
  });

  it('while sends come the outbox is listed every two seconds at most, and all share the listing', async () => {
    const app = start();
    let lists = 0;
    const { list } = app.outbox;
    Object.assign(app.outbox, {
      list: (...args: Parameters<typeof list>) => {
        lists += 1;
        return list(...args);
      },
    });

    for (let n = 0; n < 100; n += 1) {
      await Promise.all([deliver(app, `a-${n}`, n), deliver(app, `b-${n}`, n)]);
      app.clock.advance(100);
    }

    expect(lists).toBe(5);
  });

  it('an instance whose clock is hours ahead is followed in order all the same', async () => {
    const [ahead, other] = pair();
    const now = ahead.clock.epochMs.bind(ahead.clock);
    Object.assign(ahead.clock, { epochMs: () => now() + 7_200_000 });
    await owes(ahead, 'opened');
    Object.assign(ahead.clock, { epochMs: now });
    ahead.clock.advance(5_000);

    await deliver(other, 'edited');
    await deliver(other, 'closed');

    await other.drain();
    expect(held(ahead)).toEqual(['opened', 'edited', 'closed']);
  });

  it.each([
    ['that has just started', 1_000, []],
    ['that has been idle', 300, ['before']],
  ])('storage that hangs holds no copy of an instance %s up for longer than %i ms in all', async (_, mostMs, earlier) => {
    const app = start({ bots: [mergeWarden, notifier] });
    for (const delivery of earlier) await deliver(app, delivery);
    app.clock.advance(100_000);
    app.archive.setFault({ kind: 'hang' });
    app.outbox.setFault({ kind: 'hang' });

    const reply = deliver(app, 'opened');
    await settled();
    app.clock.advance(mostMs);
    await settled();

    expect(held(app)).toEqual([...earlier, 'opened']);
    expect(app.queue.messages(notifier.queue).map(eventIdIn)).toEqual([...earlier, 'opened']);
    expect((await answerTo(app, reply)).json).toMatchObject({ routedTo: ['merge-warden', 'notifier'] });
  });

  it('storage that hangs lets a copy go before the last resort begins, however little time the sender gives', async () => {
    const app = start({ environment: { REQUEST_BUDGET_MS: '800' } });
    app.archive.setFault({ kind: 'hang' });
    app.outbox.setFault({ kind: 'hang' });

    expect((await answerTo(app, deliver(app, 'opened'))).json).toMatchObject({
      status: 'accepted',
      degraded: ['blob-storage'],
    });

    expect(held(app)).toEqual(['opened']);
  });

  it('storage that fails or hangs holds no event up for longer than 300 ms', async () => {
    const [one, other] = pair();
    await deliver(other, 'before', 1);
    one.clock.advance(10_000);
    one.outbox.setFault({ kind: 'hang' }, 'list');

    const reply = deliver(other, 'closed');
    await settled();
    one.clock.advance(300);

    expect((await reply).json).toMatchObject({ routedTo: ['merge-warden'] });
    expect((await deliver(other, 'reopened')).json).toMatchObject({ routedTo: ['merge-warden'] });
  });

  it('the next one is not sent before the last that is owed has arrived, whoever drains', async () => {
    const [one, other] = pair();
    await owes(one, 'opened');
    one.clock.advance(5_000);
    const { remove } = one.outbox;
    const during: string[] = [];
    Object.assign(one.outbox, {
      remove: async (...args: Parameters<typeof remove>) => {
        if (during.length === 0) {
          during.push(...held(one));
          await deliver(one, 'edited');
          await deliver(other, 'closed');
        }
        return remove(...args);
      },
    });
    await other.drain();
    one.clock.advance(5_000);
    await deliver(one, 'reopened');

    expect(during).toEqual(['opened']);
    expect(held(one)).toEqual(['opened', 'edited', 'closed', 'reopened']);
  });
});

describe('delivery order: the drain', () => {
  it('while another instance moves an older copy out of the archive backlog, those of sessions wait and the others are delivered', async () => {
    const app = start({ bots: [mergeWarden, notifier] });
    app.archive.setFault({ kind: 'error', code: 'unavailable' });
    app.queue.setFault(failing('queue-full'), mergeWarden.queue);
    await deliver(app, 'opened');
    app.archive.setFault(undefined);
    app.queue.setFault(failing('queue-full'), notifier.queue);
    await deliver(app, 'closed');
    for (const { queue } of [mergeWarden, notifier]) app.queue.setFault(undefined, queue);
    const another = app.backlog.open();
    expect(await another.receive(16, new AbortController().signal)).toHaveLength(1);

    await app.drain();

    expect(held(app)).toEqual([]);
    expect(app.queue.messages(notifier.queue).map(eventIdIn)).toEqual(['opened', 'closed']);
    await another.close();
    await app.drain();
    expect(held(app)).toEqual(['opened', 'closed']);
  });

  it('what another instance has of the archive backlog, or had when it was killed, holds up its own session alone', async () => {
    const app = start({ wrap: (dependencies) => ({ ...dependencies, drainsBetweenTimers: true }) });
    const stored = async (delivery: string, number: number, store: 'archive' | 'backlog'): Promise<void> => {
      app.archive.setFault(store === 'backlog' ? { kind: 'error', code: 'unavailable' } : undefined);
      app.queue.setFault(failing('queue-full'), mergeWarden.queue);
      await deliver(app, delivery, number);
      app.archive.setFault(undefined);
      app.queue.setFault(undefined, mergeWarden.queue);
    };
    await stored('42-opened', 42, 'backlog');
    await stored('42-closed', 42, 'archive');
    await stored('43-opened', 43, 'archive');
    const killed = app.backlog.open();
    expect(await killed.receive(16, new AbortController().signal)).toHaveLength(1);

    await app.drain();
    const meanwhile = held(app);
    await killed.close();
    // Without the timer: a second later it is looked at again.
    for (let second = 0; second < 3; second += 1) {
      await settled();
      app.clock.advance(1_000);
    }
    await settled();

    expect(meanwhile).toEqual(['43-opened']);
    expect(held(app)).toEqual(['43-opened', '42-opened', '42-closed']);
  });

  it('what comes into the archive backlog while it delivers is not overtaken by what is written behind it', async () => {
    const app = start();
    app.queue.setFault(failing('queue-full'), mergeWarden.queue);
    await deliver(app, 'opened');
    app.queue.setFault(undefined, mergeWarden.queue);
    const { remove } = app.outbox;
    let once = true;
    Object.assign(app.outbox, {
      remove: async (...args: Parameters<typeof remove>) => {
        if (once) {
          once = false;
          // Storage fails for a moment: one waits in the backlog, and the next is written down behind it.
          app.archive.setFault({ kind: 'error', code: 'unavailable' });
          await deliver(app, 'edited');
          app.archive.setFault(undefined);
          await deliver(app, 'closed');
        }
        return remove(...args);
      },
    });

    await app.drain();
    await app.drain();

    expect(held(app)).toEqual(['opened', 'edited', 'closed']);
  });

  it('what another instance brings from the archive backlog into the outbox, just too late for the listing, is not overtaken', async () => {
    const app = start();
    const other = start({ beside: app });
    app.archive.setFault({ kind: 'error', code: 'unavailable' });
    app.queue.setFault(failing('queue-full'), mergeWarden.queue);
    await deliver(app, 'opened');
    app.archive.setFault(undefined);
    await deliver(app, 'closed');
    const { open } = app.backlog;
    const { list } = app.outbox;
    let once = true;
    Object.assign(app.outbox, {
      list: async (...args: Parameters<typeof list>) => {
        const page = await list(...args);
        if (once && page.records.length > 0) {
          once = false;
          // The other instance moves it, and cannot deliver it.
          Object.assign(app.backlog, { open });
          await other.drain();
          app.queue.setFault(undefined, mergeWarden.queue);
        }
        return page;
      },
    });
    // In the other instance's hands: not received here, and seen.
    Object.assign(app.backlog, { open: () => ({ ...open(), peek: open().peek, receive: async () => [] }) });

    await app.drain();
    await app.drain();

    expect(held(app)).toEqual(['opened', 'closed']);
  });

  it('a backlog that cannot be looked through holds up every session until it can', async () => {
    const app = start();
    app.archive.setFault({ kind: 'error', code: 'unavailable' });
    app.queue.setFault(failing('queue-full'), mergeWarden.queue);
    await deliver(app, 'opened');
    app.archive.setFault(undefined);
    await deliver(app, 'closed');
    app.queue.setFault(undefined, mergeWarden.queue);
    const { open } = app.backlog;
    const silent = {
      ...open(),
      receive: async () => [],
      peek: () => Promise.reject(new QueueError('unavailable', 'Fails')),
    };
    Object.assign(app.backlog, { open: () => silent });

    await app.drain();
    const meanwhile = held(app);
    Object.assign(app.backlog, { open });
    await app.drain();

    expect(meanwhile).toEqual([]);
    expect(held(app)).toEqual(['opened', 'closed']);
  });

  it('what is written behind while it delivers is delivered by the same run', async () => {
    const app = start();
    app.queue.setFault(failing('queue-full'), mergeWarden.queue);
    await deliver(app, 'opened');
    app.queue.setFault(undefined, mergeWarden.queue);
    const { remove } = app.outbox;
    let once = true;
    Object.assign(app.outbox, {
      remove: async (...args: Parameters<typeof remove>) => {
        if (once) await deliver(app, 'closed');
        once = false;
        return remove(...args);
      },
    });

    await app.drain();

    expect(held(app)).toEqual(['opened', 'closed']);
  });
});
