import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import type { HttpHandler } from '../../../../src/http/receive-webhook.js';
import type { Bot } from '../../../../src/routing/bot.js';
import { eventIdIn } from '../../../support/event-id-in.js';
import {
  createMemoryApp,
  type MemoryApp,
  type MemoryAppOptions,
  mergeWarden,
  notifier,
} from '../../../support/memory-app.js';
import { callHandler, type Reply } from '../../../support/post-webhook.js';

const adminToken = 'an-admin-token-for-tests';
const storageDown = { kind: 'error', code: 'unavailable' } as const;

interface Command {
  readonly id?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly token?: string;
}

const command = (handler: HttpHandler, { id = '', query = {}, body, token = adminToken }: Command): Promise<Reply> => {
  const request = new HttpRequest({
    method: body === undefined ? 'GET' : 'POST',
    url: 'http://localhost/api/events',
    headers: { authorization: `Bearer ${token}` },
    params: { id },
    query: { ...query },
    ...(body !== undefined && { body: { bytes: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) } }),
  });
  return callHandler(handler, request);
};

const createOperatedApp = (options?: MemoryAppOptions): MemoryApp => {
  const memory = createMemoryApp(options);
  memory.secrets.set('admin-token', adminToken);
  return memory;
};

const pullRequest = (number: number) => ({
  action: 'opened',
  pull_request: { number },
  repository: { full_name: 'octo-org/octo-repo', html_url: 'https://github.com/octo-org/octo-repo' },
});

const bySource: Bot = { ...mergeWarden, name: 'by-source', queue: 'bot-by-source', orderBy: 'source' };
const byRepository: Bot = { ...mergeWarden, name: 'by-repository', queue: 'bot-by-repository', orderBy: 'repository' };

const show = (memory: MemoryApp, id: string, query = {}) => command(memory.app.showEvent, { id, query });
const replay = (memory: MemoryApp, id: string, body: unknown = {}) => command(memory.app.replayEvent, { id, body });
const replayMany = (memory: MemoryApp, body: unknown) => command(memory.app.replayEvents, { body });

/** The queues forget: what they had is gone, ids and all, as after the window of duplicate detection. */
const forgetful = (memory: MemoryApp): { readonly sent: { readonly queue: string; readonly message: Message }[] } => {
  const sent: { readonly queue: string; readonly message: Message }[] = [];
  const { send } = memory.queue;
  const remembered: typeof send = async (queue, message, signal) => {
    await send(queue, { ...message, messageId: `${message.messageId} ${sent.length}` }, signal);
    sent.push({ queue, message });
  };
  Object.assign(memory.queue, { send: remembered });
  return { sent };
};

type Message = Parameters<MemoryApp['queue']['send']>[1];

describe('show event', () => {
  it('says what became of a delivery: verified how, archived where, wanted by whom', async () => {
    const memory = createOperatedApp();
    await memory.github('pull_request', pullRequest(42), { delivery: 'one' });

    const reply = await show(memory, 'one');

    expect(reply.status).toBe(200);
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(reply.json).toMatchObject({
      id: 'one',
      type: 'github.pull_request.opened',
      provider: 'github',
      source: 'https://github.com/octo-org/octo-repo',
      subject: 'octo-org/octo-repo/pull_request/42',
      time: '2026-01-01T00:00:00.000Z',
      repository: 'octo-org/octo-repo',
      correlationId: 'correlation-1',
      signature: 'verified',
      archived: { name: 'github/2026/01/01/one.json', bytes: JSON.stringify(pullRequest(42)).length },
      sessionKey: 'octo-org/octo-repo/pull_request/42',
      bots: ['merge-warden', 'notifier'],
      owed: [],
      deadLettered: [],
      otherCopies: [],
    });
  });

  it('says which queues it is owed to and which copies were given up', async () => {
    const memory = createOperatedApp({ queues: [notifier.queue], environment: { OUTBOX_MAX_AGE_SECONDS: '1' } });
    await memory.github('pull_request', pullRequest(1), { delivery: 'given-up' });
    for (let run = 0; run < 3; run += 1) {
      memory.clock.advance(30_000);
      await memory.drain();
    }
    await memory.github('pull_request', pullRequest(2), { delivery: 'owed' });

    expect((await show(memory, 'owed')).json).toMatchObject({
      owed: [{ bot: 'merge-warden', queue: 'bot-merge-warden', attempts: 0, reason: 'queue-missing' }],
      deadLettered: [],
    });
    expect((await show(memory, 'given-up')).json).toMatchObject({
      owed: [],
      deadLettered: [{ bot: 'merge-warden', attempts: 3, reason: 'queue-missing', deadLetteredAt: expect.any(String) }],
    });
  });

  it('finds an event of a month ago by itself, and an older one by its day', async () => {
    const memory = createOperatedApp();
    await memory.github('star', { action: 'created' }, { delivery: 'old' });
    memory.clock.advance(30 * 86_400_000);
    expect((await show(memory, 'old')).status).toBe(200);

    memory.clock.advance(86_400_000);

    expect((await show(memory, 'old')).status).toBe(404);
    expect((await show(memory, 'old', { date: '2026-01-01' })).status).toBe(200);
  });

  it.each(['unknown', '../webhook-outbox/x', 'one', ''])('an id that names no event: 404 ("%s")', async (id) => {
    const memory = createOperatedApp();
    await memory.github('star', { action: 'created' }, { delivery: 'one-and-more' });

    const reply = await show(memory, id);

    expect(reply.status).toBe(404);
    expect(reply.json).toMatchObject({ code: 'UnknownEvent' });
  });

  it('while the archive fails: 503 and when to come back', async () => {
    const memory = createOperatedApp();
    memory.archive.setFault(storageDown);

    const reply = await show(memory, 'one');

    expect(reply.status).toBe(503);
    expect(reply.json).toMatchObject({ code: 'ArchiveUnavailable', service: 'blob-storage' });
    expect(reply.headers['retry-after']).toMatch(/^\d+$/);
  });

  it.each(['showEvent', 'replayEvent', 'replayEvents'] as const)('%s wants the admin token', async (name) => {
    const memory = createOperatedApp();
    await memory.github('star', { action: 'created' }, { delivery: 'one' });
    const before = memory.queue.messages(notifier.queue).length;

    const reply = await command(memory.app[name], {
      id: 'one',
      body: { from: '2026-01-01T00:00:00Z' },
      token: 'wrong',
    });

    expect(reply.status).toBe(401);
    expect(memory.queue.messages(notifier.queue)).toHaveLength(before);
  });
});

const byQueue = <T extends { readonly queue: string }>(sent: readonly T[]): readonly T[] =>
  sent.toSorted((one, other) => (one.queue < other.queue ? -1 : 1));

describe('replay one event', () => {
  it.each([
    ['JSON', pullRequest(42), {}],
    ['a claim check', { ...pullRequest(42), padding: 'x'.repeat(5_000) }, {}],
    [
      'a form',
      `payload=${encodeURIComponent(JSON.stringify(pullRequest(42)))}`,
      { 'content-type': 'application/x-www-form-urlencoded' },
    ],
    ['JSON that a parser would change', '{ "big":820982911946154508, "f":1.10, "a":1, "a":2 }\n', {}],
  ])('%s: every bot gets the very same message again, byte for byte', async (_, payload, headers) => {
    const memory = createOperatedApp({
      bots: [mergeWarden, bySource, byRepository, notifier],
      environment: { MAX_MESSAGE_BYTES: '4096' },
    });
    const { sent } = forgetful(memory);
    await memory.github('pull_request', payload, { delivery: 'again', headers });
    const first = sent.splice(0);

    const reply = await replay(memory, 'again');

    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({
      id: 'again',
      sentTo: ['merge-warden', 'by-source', 'by-repository', 'notifier'],
      failed: [],
    });
    expect(byQueue(sent)).toEqual(byQueue(first));
  });

  it('to one bot only', async () => {
    const memory = createOperatedApp();
    await memory.github('pull_request', pullRequest(42), { delivery: 'again' });
    const { sent } = forgetful(memory);

    const reply = await replay(memory, 'again', { bot: 'notifier' });

    expect(reply.json).toMatchObject({ sentTo: ['notifier'] });
    expect(sent.map(({ queue }) => queue)).toEqual([notifier.queue]);
  });

  it('repeated it is one message, unless it is forced', async () => {
    const memory = createOperatedApp({ bots: [notifier] });
    await memory.github('pull_request', pullRequest(42), { delivery: 'again' });

    await replay(memory, 'again');
    expect(memory.queue.messages(notifier.queue)).toHaveLength(1);
    await replay(memory, 'again', { force: true });

    const [first, forced] = memory.queue.messages(notifier.queue);
    expect(forced?.messageId).not.toBe(first?.messageId);
    expect(forced?.body).toEqual(first?.body);
  });

  it('in a dry run nothing is sent', async () => {
    const memory = createOperatedApp();
    await memory.github('pull_request', pullRequest(42), { delivery: 'again' });
    const { sent } = forgetful(memory);

    const reply = await replay(memory, 'again', { dryRun: true });

    expect(reply.json).toMatchObject({ dryRun: true, wouldSendTo: ['merge-warden', 'notifier'], sentTo: [] });
    expect(sent).toEqual([]);
  });

  it('a queue that was missing gets its copy once it exists', async () => {
    const queues = [notifier.queue];
    const memory = createOperatedApp({ queues, environment: { OUTBOX_MAX_AGE_SECONDS: '1' } });
    await memory.github('pull_request', pullRequest(42), { delivery: 'dead' });
    for (let run = 0; run < 3; run += 1) {
      memory.clock.advance(30_000);
      await memory.drain();
    }
    expect((await replay(memory, 'dead')).json).toMatchObject({
      sentTo: ['notifier'],
      failed: [{ bot: 'merge-warden', reason: 'queue-missing' }],
    });

    queues.push(mergeWarden.queue);
    memory.clock.advance(60_000);

    expect((await replay(memory, 'dead')).json).toMatchObject({ sentTo: ['merge-warden', 'notifier'], failed: [] });
  });

  it('Service Bus fails: 503, and the same command may be repeated', async () => {
    const memory = createOperatedApp();
    await memory.github('pull_request', pullRequest(42), { delivery: 'again' });
    memory.queue.setFault({ kind: 'error', code: 'unavailable' });

    const reply = await replay(memory, 'again');

    expect(reply.status).toBe(503);
    expect(reply.json).toMatchObject({ code: 'QueueingFailed', service: 'service-bus' });
  });

  it('a payload that is not what was received is not sent', async () => {
    const memory = createOperatedApp();
    await memory.github('pull_request', pullRequest(42), { delivery: 'changed' });
    Object.assign(memory.archive, { read: async () => ({ body: Buffer.from('{}'), contentType: '', metadata: {} }) });

    const reply = await replay(memory, 'changed');

    expect(reply.json).toMatchObject({
      sentTo: [],
      failed: [{ reason: 'payload-changed' }, { reason: 'payload-changed' }],
    });
  });

  it('who sent what again stands in the audit line', async () => {
    const memory = createOperatedApp();
    await memory.github('pull_request', pullRequest(42), { delivery: 'again' });

    await replay(memory, 'again');

    expect(memory.lines.at(-1)).toMatchObject({
      event: 'operator.command-done',
      id: 'again',
      command: 'replay-event',
      outcome: 'done',
      sent: 2,
    });
  });

  it.each([
    ['an unknown bot', { bot: 'nobody' }, 'bot'],
    ['an unknown field', { everything: true }, 'everything'],
    ['a flag that is none', { dryRun: 'yes' }, 'dryRun'],
    ['a day that is none', { date: '2026-13-01' }, 'date'],
    ['no JSON', '{', ''],
    ['a list', [], ''],
  ])('%s: 400, and nothing is sent', async (_, body, field) => {
    const memory = createOperatedApp();
    await memory.github('pull_request', pullRequest(42), { delivery: 'again' });
    const { sent } = forgetful(memory);

    const reply = await replay(memory, 'again', body);

    expect(reply.status).toBe(400);
    expect(reply.json).toMatchObject({ code: 'InvalidReplay', errors: [{ field }] });
    expect(sent).toEqual([]);
  });
});

describe('replay a stretch of time', () => {
  /** Six deliveries a minute apart, two pull requests and a star. */
  const sixDeliveries = async (memory: MemoryApp): Promise<void> => {
    for (const [n, id] of ['f', 'b', 'd', 'a', 'e', 'c'].entries()) {
      const body = n % 3 === 2 ? { action: 'created' } : pullRequest(n % 3);
      await memory.github(n % 3 === 2 ? 'star' : 'pull_request', body, { delivery: id });
      memory.clock.advance(60_000);
    }
  };

  const from = '2026-01-01T00:00:00Z';
  const idsOf = (sent: ReturnType<typeof forgetful>['sent'], queue: string) =>
    sent.filter((one) => one.queue === queue).map(({ message }) => eventIdIn(message));

  it('events are sent in the order of their arrival, to whoever wants them', async () => {
    const memory = createOperatedApp({ bots: [{ ...mergeWarden, orderBy: 'repository' }, notifier] });
    await sixDeliveries(memory);
    const { sent } = forgetful(memory);

    const reply = await replayMany(memory, { from });

    expect(reply.json).toMatchObject({
      events: 6,
      sent: 10,
      bots: { 'merge-warden': 4, notifier: 6 },
      failed: [],
      complete: true,
    });
    expect(idsOf(sent, mergeWarden.queue)).toEqual(['f', 'b', 'a', 'e']);
  });

  it.each([
    ['a stretch', { from: '2026-01-01T00:01:00Z', to: '2026-01-01T00:03:00Z' }, ['b', 'd']],
    ['a type', { from, type: 'github.star' }, ['d', 'c']],
    ['another provider', { from, provider: 'gitlab' }, []],
    ['one bot', { from, bot: 'notifier' }, ['f', 'b', 'd', 'a', 'e', 'c']],
    ['another time zone', { from: '2026-01-01T02:05:00+02:00' }, ['c']],
  ])('%s only', async (_, body, ids) => {
    const memory = createOperatedApp();
    await sixDeliveries(memory);
    const { sent } = forgetful(memory);

    await replayMany(memory, body);

    expect(idsOf(sent, notifier.queue).toSorted()).toEqual(ids.toSorted());
  });

  it('one bot only means no other', async () => {
    const memory = createOperatedApp();
    await sixDeliveries(memory);
    const { sent } = forgetful(memory);

    await replayMany(memory, { from, bot: 'notifier' });

    expect(new Set(sent.map(({ queue }) => queue))).toEqual(new Set([notifier.queue]));
  });

  it('a dry run counts and sends nothing', async () => {
    const memory = createOperatedApp();
    await sixDeliveries(memory);
    const { sent } = forgetful(memory);

    const reply = await replayMany(memory, { from, dryRun: true });

    expect(reply.json).toMatchObject({ events: 6, sent: 0, bots: { 'merge-warden': 4, notifier: 6 }, complete: true });
    expect(sent).toEqual([]);
  });

  it('over several days, days apart', async () => {
    const memory = createOperatedApp({ bots: [notifier] });
    for (const id of ['z', 'y', 'x']) {
      await memory.github('star', { action: 'created' }, { delivery: id });
      memory.clock.advance(3 * 86_400_000);
    }
    const { sent } = forgetful(memory);

    await replayMany(memory, { from });

    expect(idsOf(sent, notifier.queue)).toEqual(['z', 'y', 'x']);
  });

  it('stops when Service Bus fails, and says from where to go on', async () => {
    const memory = createOperatedApp({ bots: [mergeWarden] });
    for (let n = 0; n < 40; n += 1) {
      await memory.github('pull_request', pullRequest(42), { delivery: `event-${String(n).padStart(2, '0')}` });
      memory.clock.advance(1_000);
    }
    const { send } = memory.queue;
    let count = 0;
    const failing: typeof send = (...args) => {
      count += 1;
      if (count > 20) memory.queue.setFault({ kind: 'error', code: 'unavailable' });
      return send(...args);
    };
    Object.assign(memory.queue, { send: failing });

    const reply = await replayMany(memory, { from });

    expect(reply.json).toMatchObject({
      sent: 20,
      complete: false,
      stoppedBy: 'service-bus',
      resumeFrom: '2026-01-01T00:00:20.000Z',
    });
    Object.assign(memory.queue, { send });
    memory.queue.setFault(undefined);
    memory.clock.advance(60_000);
    const rest = await replayMany(memory, { from: reply.json?.['resumeFrom'] });
    expect(rest.json).toMatchObject({ sent: 20, complete: true });
  });

  it('stops when storage fails, and says from where to go on', async () => {
    const memory = createOperatedApp();
    await sixDeliveries(memory);
    memory.archive.setFault(storageDown);

    const reply = await replayMany(memory, { from });

    expect(reply.json).toMatchObject({
      sent: 0,
      complete: false,
      stoppedBy: 'blob-storage',
      resumeFrom: '2026-01-01T00:00:00.000Z',
    });
  });

  it('ends in time, and says from where to go on', async () => {
    const memory = createOperatedApp({ bots: [notifier] });
    for (let n = 0; n < 40; n += 1) {
      await memory.github('star', { action: 'created' }, { delivery: `event-${n}` });
      memory.clock.advance(1_000);
    }
    const { send } = memory.queue;
    const slow: typeof send = (...args) => {
      memory.clock.block(10_000);
      return send(...args);
    };
    Object.assign(memory.queue, { send: slow });

    const reply = await replayMany(memory, { from });

    expect(reply.json).toMatchObject({ sent: 16, stoppedBy: 'time-limit', resumeFrom: '2026-01-01T00:00:16.000Z' });
  });

  it.each([
    ['no beginning', {}, 'from'],
    ['a beginning that is no moment', { from: 'yesterday' }, 'from'],
    ['an end before the beginning', { from, to: '2025-12-31T00:00:00Z' }, 'to'],
    ['more than a year', { from: '2020-01-01T00:00:00Z' }, 'to'],
    ['a type that is no pattern', { from, type: 'git hub' }, 'type'],
    ['a provider that is no name', { from, provider: '../x' }, 'provider'],
  ])('%s: 400, and nothing is sent', async (_, body, field) => {
    const memory = createOperatedApp();
    await sixDeliveries(memory);
    const { sent } = forgetful(memory);

    const reply = await replayMany(memory, body);

    expect(reply.status).toBe(400);
    expect(reply.json).toMatchObject({ code: 'InvalidReplay', errors: [{ field }] });
    expect(sent).toEqual([]);
  });
});
