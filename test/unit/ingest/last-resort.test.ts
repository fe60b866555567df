import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { archiveBacklogQueue } from '../../../src/routing/event-queue.js';
import { answerTo } from '../../support/answer-to.js';
import { createMemoryApp, type MemoryApp, type MemoryAppOptions, notifier } from '../../support/memory-app.js';
import { callHandler, type Reply } from '../../support/post-webhook.js';
import { settled } from '../../support/until.js';

const opened = { action: 'opened', repository: { full_name: 'octo-org/octo-repo' } };

const unavailable = { kind: 'error', code: 'unavailable' } as const;
const hang = { kind: 'hang' } as const;

const createApp = (options: MemoryAppOptions = {}): MemoryApp => createMemoryApp({ bots: [notifier], ...options });

const deferring = (): MemoryApp => createApp({ environment: { QUEUE_UNAVAILABLE: 'defer' } });

const post = (memory: MemoryApp, delivery: string, payload: unknown = opened): Promise<Reply> =>
  answerTo(memory, memory.github('issues', payload, { delivery }));

const command = async ({ app }: MemoryApp, breaker: string): Promise<unknown> => {
  const health = await callHandler(app.breakerHealth, new HttpRequest({ method: 'GET', url: 'http://localhost/' }));
  const breakers = new Map(Object.entries(health.json?.['circuitBreakers'] ?? {}));
  return breakers.get(breaker);
};

/** Opens breakers by real failures; then the dependencies answer again, and the breakers cool down. */
const openBoth = async (memory: MemoryApp): Promise<void> => {
  memory.archive.setFault(unavailable);
  memory.queue.setFault(unavailable);
  for (let n = 0; n < 5; n += 1) await post(memory, `opening-${n}`);
  memory.archive.setFault(undefined);
  memory.queue.setFault(undefined);
  memory.clock.advance(1_000);
};

const openOne = async (memory: MemoryApp, store: 'archive' | 'queue'): Promise<void> => {
  memory[store].setFault(unavailable);
  for (let n = 0; n < 5; n += 1) await post(memory, `opening-${n}`);
};

/** What is asked of a store from now on. */
const countCalls = ({ archive, queue, outbox }: MemoryApp) => {
  const calls = { storage: 0, serviceBus: 0 };
  const counted =
    <A extends unknown[], R>(store: keyof typeof calls, work: (...args: A) => R) =>
    (...args: A): R => {
      calls[store] += 1;
      return work(...args);
    };
  Object.assign(archive, { put: counted('storage', archive.put) });
  Object.assign(outbox, { create: counted('storage', outbox.create) });
  Object.assign(queue, { send: counted('serviceBus', queue.send) });
  return calls;
};

const record = (memory: MemoryApp, delivery: string) => memory.outbox.records().get(`2026/01/01/00/${delivery}.json`);

describe('last resort: both breakers are open, and both stores answer', () => {
  it('the event is archived and written down, without waiting for a cool-down', async () => {
    const memory = deferring();
    await openBoth(memory);
    const startedMs = memory.clock.monotonicMs();

    const reply = await post(memory, 'kept');

    expect(reply.status).toBe(202);
    expect(reply.json).toMatchObject({ status: 'deferred', archived: true, degraded: ['service-bus'] });
    expect(record(memory, 'kept')).toMatchObject({ owed: [{ bot: 'notifier' }] });
    expect(memory.clock.monotonicMs() - startedMs).toBeLessThanOrEqual(1_000);
  });

  it('with `reject` it is the documented 503, which says what is kept', async () => {
    const memory = createApp();
    await openBoth(memory);

    const reply = await post(memory, 'kept');

    expect(reply.status).toBe(503);
    expect(reply.json).toMatchObject({ code: 'CircuitBreakerOpen', archived: true, deferred: true });
  });

  it('REQ-009 stays as it is: ordinary calls are refused, and what passed the gates moves no breaker', async () => {
    const memory = createApp();
    await openBoth(memory);
    for (let n = 0; n < 10; n += 1) await post(memory, `kept-${n}`);

    expect(await command(memory, 'blob-storage')).toMatchObject({ state: 'Open', successful: 0 });
    expect(await command(memory, 'service-bus')).toMatchObject({ state: 'Open', successful: 0 });
  });
});

describe('last resort: one store answers', () => {
  it('storage, its breaker open, Service Bus down: archived and owed', async () => {
    const memory = deferring();
    await openBoth(memory);
    memory.queue.setFault(unavailable);

    const reply = await post(memory, 'kept');

    expect(reply.json).toMatchObject({ status: 'deferred', archived: true });
    expect(record(memory, 'kept')).toBeDefined();
  });

  it('Service Bus, its breaker open, storage down: the backlog carries the payload and what is owed', async () => {
    const memory = deferring();
    await openBoth(memory);
    memory.archive.setFault(unavailable);
    memory.outbox.setFault(unavailable);

    const reply = await post(memory, 'kept');

    expect(reply.status).toBe(202);
    expect(reply.json).toMatchObject({
      status: 'deferred',
      archived: false,
      degraded: ['service-bus', 'blob-storage'],
    });
    const [message] = memory.queue.messages(archiveBacklogQueue).slice(-1);
    expect(message?.applicationProperties['owed']).toContain('"bot":"notifier"');
  });

  it('and with `reject` the 503 says that it is deferred', async () => {
    const memory = createApp();
    await openBoth(memory);
    memory.archive.setFault(unavailable);
    memory.outbox.setFault(unavailable);

    const reply = await post(memory, 'kept');

    expect(reply.json).toMatchObject({ code: 'CircuitBreakerOpen', archived: false, deferred: true });
  });

  it('a claim check goes into the archive although the breaker of storage is open', async () => {
    const memory = createApp({ environment: { MAX_MESSAGE_BYTES: '4096' } });
    await openOne(memory, 'archive');
    memory.archive.setFault(undefined);

    const reply = await post(memory, 'large', { ...opened, padding: 'x'.repeat(5_000) });

    expect(reply.status).toBe(202);
    expect(reply.json).toMatchObject({ archived: true, routedTo: ['notifier'] });
  });

  it('both fail as the event comes; one that comes back within its time keeps it', async () => {
    const memory = deferring();
    memory.archive.setFault(unavailable);
    memory.queue.setFault(unavailable);
    const waiting = memory.github('issues', opened, { delivery: 'waits' });
    await settled();
    memory.clock.advance(1_000);
    await settled();
    memory.archive.setFault(undefined);

    const reply = await answerTo(memory, waiting);

    expect(reply.json).toMatchObject({ status: 'deferred', archived: true });
  });
});

describe('last resort: a dependency that does not answer', () => {
  it('storage hangs: after 1.5 s the copy goes to the backlog, and the sender has its 202', async () => {
    const memory = createApp();
    memory.archive.setFault(hang);
    const startedMs = memory.clock.monotonicMs();

    const reply = await post(memory, 'kept');

    expect(reply.json).toMatchObject({ status: 'accepted', routedTo: ['notifier'], archived: false });
    expect(memory.clock.monotonicMs() - startedMs).toBe(1_500);
  });

  it('Service Bus hangs and events may be deferred: after 1.5 s what is owed is written down, and the sender has its 202', async () => {
    const memory = deferring();
    memory.queue.setFault(hang);
    const startedMs = memory.clock.monotonicMs();

    const reply = await post(memory, 'kept');

    expect(reply.json).toMatchObject({ status: 'deferred', archived: true });
    expect(record(memory, 'kept')).toMatchObject({ history: [{ bot: 'notifier', reason: 'timeout' }] });
    expect(memory.clock.monotonicMs() - startedMs).toBe(1_500);
  });

  it('Service Bus hangs after it had answered quickly: the first event waits 250 ms, those beside it no longer, the next hardly at all', async () => {
    const memory = deferring();
    for (let n = 0; n < 20; n += 1) await post(memory, `quick-${n}`);
    memory.clock.advance(1_000);
    memory.queue.setFault(hang);
    const startedMs = memory.clock.monotonicMs();
    const calls = countCalls(memory);
    const answeredMs = new Map<string, number>();
    const arrive = async (delivery: string): Promise<void> => {
      await memory.github('issues', opened, { delivery });
      answeredMs.set(delivery, memory.clock.monotonicMs() - startedMs);
    };

    const arrivals: Promise<void>[] = [];
    for (let ms = 0; ms < 500; ms += 10) {
      if (ms === 0 || ms === 200 || ms === 300) arrivals.push(arrive(`at-${ms}`));
      await settled();
      memory.clock.advance(10);
    }
    await Promise.all(arrivals);

    expect(Object.fromEntries(answeredMs)).toEqual({ 'at-0': 250, 'at-200': 250, 'at-300': 320 });
    for (const delivery of answeredMs.keys()) expect(record(memory, delivery)).toBeDefined();
    // One put and one record for each, and nothing asked twice of the store that answers.
    expect(calls.storage).toBe(2 * 3);
  });

  it('storage hangs after it had answered quickly: the copy goes to the backlog at once, and storage is not asked again for it', async () => {
    const memory = createApp();
    for (let n = 0; n < 20; n += 1) await post(memory, `quick-${n}`);
    memory.archive.setFault(hang);
    await post(memory, 'first');
    const calls = countCalls(memory);
    const startedMs = memory.clock.monotonicMs();

    const reply = await post(memory, 'next');

    expect(reply.json).toMatchObject({ status: 'accepted', routedTo: ['notifier'], archived: false });
    expect(memory.clock.monotonicMs() - startedMs).toBeLessThanOrEqual(50);
    expect(calls.storage).toBe(1);
  });

  it('storage hangs while the breaker of Service Bus is open, which answers again: the event is nowhere for a quarter of a second only', async () => {
    const memory = deferring();
    await openOne(memory, 'queue');
    memory.queue.setFault(undefined);
    memory.clock.advance(1_000);
    await post(memory, 'tells-the-gate');
    memory.archive.setFault(hang);
    const startedMs = memory.clock.monotonicMs();

    const reply = await post(memory, 'kept');

    expect(reply.json).toMatchObject({ status: 'deferred', archived: false });
    expect(memory.queue.messages(archiveBacklogQueue).length).toBeGreaterThan(0);
    expect(memory.clock.monotonicMs() - startedMs).toBeLessThanOrEqual(500);
  });

  it('a queue that answers in 400 ms from now on is called once for each event, after the first few', async () => {
    const memory = deferring();
    for (let n = 0; n < 20; n += 1) await post(memory, `quick-${n}`);
    const { send } = memory.queue;
    const slow: typeof send = async (...args) => {
      await new Promise<void>((resolve) => void memory.clock.startTimer(400, resolve));
      return send(...args);
    };
    Object.assign(memory.queue, { send: slow });
    for (let n = 0; n < 40; n += 1) await post(memory, `getting-slow-${n}`);

    const reply = await post(memory, 'slow');

    expect(reply.json).toMatchObject({ status: 'accepted', routedTo: ['notifier'], degraded: [] });
    expect(record(memory, 'slow')).toBeUndefined();
  });

  it('a 503 is worth waiting for: with `reject` a queue that answers in 2.1 s has the event, and the sender its 202', async () => {
    const memory = createApp();
    const { send } = memory.queue;
    const slow: typeof send = async (...args) => {
      await new Promise<void>((resolve) => void memory.clock.startTimer(2_100, resolve));
      return send(...args);
    };
    Object.assign(memory.queue, { send: slow });

    const reply = await post(memory, 'slow');

    expect(reply.json).toMatchObject({ status: 'accepted', routedTo: ['notifier'], degraded: [] });
  });

  it('a call that was overtaken still counts: five events open the breaker of storage that hangs', async () => {
    const memory = createApp();
    memory.archive.setFault(hang);
    for (let n = 0; n < 5; n += 1) await post(memory, `hangs-${n}`);
    memory.clock.advance(5_000);
    await settled();

    expect(await command(memory, 'blob-storage')).toMatchObject({ state: 'Open', timedOut: 5 });
  });
});

describe('last resort: both stores are dead', () => {
  it.each([
    ['refuse', unavailable],
    ['hang', hang],
  ] as const)('they %s: after some seconds nobody waits, and each is called no more often than stated', async (_, fault) => {
    const memory = createApp();
    for (let n = 0; n < 20; n += 1) await post(memory, `warms-up-${n}`);
    memory.archive.setFault(fault);
    memory.outbox.setFault(fault);
    memory.queue.setFault(fault);
    const calls = countCalls(memory);
    const waits: number[] = [];
    const replies: Reply[] = [];
    const arrive = async (n: number): Promise<void> => {
      const startedMs = memory.clock.monotonicMs();
      const reply = await memory.github('issues', opened, { delivery: `dead-${n}` });
      replies.push(reply);
      waits.push(memory.clock.monotonicMs() - startedMs);
    };

    const seconds = 60;
    const arrivals: Promise<void>[] = [];
    let atThirty = { ...calls };
    for (let n = 0; n < seconds * 10; n += 1) {
      arrivals.push(arrive(n));
      await settled();
      memory.clock.advance(100);
      if (n === 299) atThirty = { ...calls };
    }
    for (let n = 0; n < 100; n += 1) {
      await settled();
      memory.clock.advance(100);
    }
    await Promise.all(arrivals);

    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([503]));
    expect(replies.every(({ headers }) => Number(headers['retry-after']) > 0)).toBe(true);
    expect(Math.max(...waits)).toBeLessThan(9_000);
    const late = waits.slice(150).toSorted((one, other) => one - other);
    expect(late[Math.floor(late.length / 2)]).toBeLessThanOrEqual(100);
    // 2 a second through the gate; and the ordinary way's probes, once in each cool-down.
    expect(calls.storage - atThirty.storage).toBeLessThanOrEqual(2 * 30 + 10);
    expect(calls.serviceBus - atThirty.serviceBus).toBeLessThanOrEqual(2 * 30 + 10);
  });
});
