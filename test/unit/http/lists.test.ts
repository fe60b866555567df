import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import type { HttpHandler } from '../../../src/http/receive-webhook.js';
import { createMemoryApp, type MemoryApp, type MemoryAppOptions, notifier } from '../../support/memory-app.js';
import { callHandler, type Reply } from '../../support/post-webhook.js';

const adminToken = 'an-admin-token-for-tests';

const create = (options?: MemoryAppOptions): MemoryApp => {
  const memory = createMemoryApp(options);
  memory.secrets.set('admin-token', adminToken);
  return memory;
};

const ask = (
  handler: HttpHandler,
  query: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> =>
  callHandler(
    handler,
    new HttpRequest({
      method: 'GET',
      url: 'http://localhost/api/events',
      headers: { authorization: `Bearer ${adminToken}`, ...headers },
      query: { ...query },
    }),
  );

const rowsOf = (reply: Reply, member = 'events'): readonly Readonly<Record<string, unknown>>[] => {
  const rows: unknown = reply.json?.[member];
  return Array.isArray(rows) ? rows : [];
};

const idsOf = (reply: Reply, member?: string) => rowsOf(reply, member).map(({ id }) => id);

const issue = (number: number, repository = 'octo-org/octo-repo') => ({
  action: 'opened',
  issue: { number },
  repository: { full_name: repository, html_url: `https://github.com/${repository}` },
});

/** Deliveries `first` to `last`, a second apart. */
const send = async (memory: MemoryApp, first: number, last: number): Promise<void> => {
  for (let n = first; n <= last; n += 1) {
    await memory.github('issues', issue(n), { delivery: `d-${n}` });
    memory.clock.advance(1_000);
  }
};

/** All pages, one after the other. */
const allOf = async (memory: MemoryApp, query: Readonly<Record<string, string>>): Promise<readonly unknown[]> => {
  const ids: unknown[] = [];
  let cursor = '';
  for (let pages = 0; pages < 100; pages += 1) {
    const reply = await ask(memory.app.listEvents, { ...query, cursor });
    ids.push(...idsOf(reply));
    if (reply.json?.['next'] === undefined) return ids;
    cursor = String(reply.json?.['next']);
  }
  throw new Error('The list does not end');
};

const down = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => `d-${last - n}`);

describe('GET events', () => {
  it('lists deliveries, newest first, with what became of each', async () => {
    const memory = create();
    await send(memory, 1, 3);

    const reply = await ask(memory.app.listEvents);

    expect(reply.status).toBe(200);
    expect(idsOf(reply)).toEqual(['d-3', 'd-2', 'd-1']);
    expect(rowsOf(reply)[0]).toEqual({
      id: 'd-3',
      type: 'github.issues.opened',
      event: 'issues',
      source: 'https://github.com/octo-org/octo-repo',
      subject: 'octo-org/octo-repo/issue/3',
      time: '2026-01-01T00:00:02.000Z',
      provider: 'github',
      repository: 'octo-org/octo-repo',
      archived: 'github/2026/01/01/d-3.json',
      bytes: expect.any(Number),
      signature: 'verified',
      outcome: 'routed',
      bots: ['notifier'],
      owed: [],
      deadLettered: [],
    });
    expect(reply.json?.['next']).toBeUndefined();
  });

  it.each([1, 2, 7, 50])('in pages of %i names each delivery once, over minutes, days and restarts', async (limit) => {
    const memory = create();
    await send(memory, 1, 70);
    memory.clock.advance(3 * 86_400_000);
    const restarted = create({ beside: memory });
    await send(restarted, 71, 75);

    expect(await allOf(restarted, { limit: String(limit) })).toEqual(down(1, 75));
  });

  it('shows on one instance what another archived, as soon as that has written it down', async () => {
    const memory = create();
    const other = create({ beside: memory });
    await send(memory, 1, 2);
    await send(other, 3, 4);
    memory.clock.advance(5_000);

    await expect.poll(async () => idsOf(await ask(memory.app.listEvents))).toEqual(down(1, 4));
    expect(idsOf(await ask(other.app.listEvents))).toEqual(down(1, 4));
  });

  it('shows each delivery as it comes to who watches from the very first on', async () => {
    const memory = create();
    memory.clock.advance(20 * 86_400_000);
    expect(idsOf(await ask(memory.app.listEvents))).toEqual([]);

    for (let n = 1; n <= 90; n += 1) {
      await memory.github('issues', issue(n), { delivery: `d-${n}` });
      expect(idsOf(await ask(memory.app.listEvents, { limit: '200' }))).toEqual(down(1, n));
      memory.clock.advance(1_000);
      await new Promise(setImmediate);
    }
  });

  it('reads what was archived before there was an index from the archive itself', async () => {
    const memory = create({ wrap: ({ archiveIndex: _, ...dependencies }) => dependencies });
    await send(memory, 1, 5);
    memory.clock.advance(40 * 86_400_000);
    await send(memory, 6, 8);
    const indexed = create({ beside: memory });
    await send(indexed, 9, 12);

    expect(await allOf(indexed, { limit: '3' })).toEqual(down(1, 12));
    expect(await allOf(memory, { limit: '3' })).toEqual(down(1, 12));
  });

  it('finds what was archived late in its own place', async () => {
    const memory = create();
    await send(memory, 1, 2);
    memory.archive.setFault({ kind: 'error', code: 'unavailable' });
    await memory.github('issues', issue(3), { delivery: 'd-3' });
    memory.archive.setFault(undefined);
    memory.clock.advance(600_000);
    await send(memory, 4, 5);
    await memory.drain();

    expect(await allOf(memory, { limit: '2' })).toEqual(down(1, 5));
  });

  it('narrows by provider, type, bot, subject and outcome', async () => {
    const memory = create({ queues: [notifier.queue] });
    await send(memory, 1, 2);
    await memory.github('pull_request', { action: 'opened', pull_request: { number: 7 } }, { delivery: 'owed' });
    await memory.github('ping', { zen: 'Keep it logically awesome.' }, { delivery: 'unwanted' });

    const list = async (query: Readonly<Record<string, string>>) => idsOf(await ask(memory.app.listEvents, query));
    expect(await list({ provider: 'github', type: 'github.issues' })).toEqual(['d-2', 'd-1']);
    expect(await list({ provider: 'gitlab' })).toEqual([]);
    expect(await list({ type: 'github.*.opened', subject: 'OCTO-ORG/octo-repo/issue/2' })).toEqual(['d-2']);
    expect(await list({ bot: 'merge-warden' })).toEqual(['owed']);
    expect(await list({ outcome: 'owed' })).toEqual(['owed']);
    expect(await list({ outcome: 'unwanted' })).toEqual(['unwanted']);
    expect(await list({ to: '2026-01-01T00:00:01Z' })).toEqual(['d-1']);
  });

  it('says why a copy is owed', async () => {
    const memory = create({ queues: [notifier.queue] });
    await memory.github('pull_request', { action: 'opened', pull_request: { number: 7 } }, { delivery: 'owed' });

    expect(rowsOf(await ask(memory.app.listEvents))[0]).toMatchObject({
      outcome: 'owed',
      bots: ['merge-warden', 'notifier'],
      owed: [{ bot: 'merge-warden', queue: 'bot-merge-warden', attempts: 0, reason: 'queue-missing' }],
    });
  });

  it('shows the latest deliveries although the index cannot be written', async () => {
    const memory = create();
    await send(memory, 1, 1);
    memory.clock.advance(5_000);
    await expect.poll(() => memory.archiveIndex.parts().size).toBeGreaterThan(1);
    const { write } = memory.archiveIndex;
    Object.assign(memory.archiveIndex, { write: () => Promise.reject(new Error('no room')) });
    await send(memory, 2, 3);
    memory.clock.advance(5_000);

    expect(idsOf(await ask(memory.app.listEvents))).toEqual(down(1, 3));
    Object.assign(memory.archiveIndex, { write });
    memory.clock.advance(5_000);
    await expect.poll(() => [...memory.archiveIndex.parts().values()].join('')).toContain('d-3');
  });

  it.each([
    ['limit', '0'],
    ['limit', '201'],
    ['limit', 'many'],
    ['cursor', 'nonsense'],
    ['outcome', 'lost'],
    ['bot', 'nobody'],
    ['type', 'not a pattern'],
    ['provider', '../elsewhere'],
    ['to', 'yesterday'],
    ['to', '-271821-04-20T00:00:00Z'],
    ['to', '+275760-09-13T00:00:00Z'],
    ['sort', 'oldest'],
  ])('refuses %s=%s, and says what it expected', async (field, value) => {
    const reply = await ask(create().app.listEvents, { [field]: value });

    expect(reply.status).toBe(400);
    expect(reply.json).toMatchObject({ code: 'InvalidQuery', errors: [{ field, detail: /^expected / }] });
  });

  it('with storage away: 503, and when to ask again', async () => {
    const memory = create();
    await send(memory, 1, 1);
    memory.outbox.setFault({ kind: 'error', code: 'unavailable' });

    const reply = await ask(memory.app.listEvents);

    expect(reply.status).toBe(503);
    expect(reply.json).toMatchObject({ code: 'ArchiveUnavailable', service: 'blob-storage' });
  });

  it('answers 304 to who has seen it already', async () => {
    const memory = create();
    await send(memory, 1, 1);
    const { etag = '' } = (await ask(memory.app.listEvents)).headers;

    const again = await ask(memory.app.listEvents, {}, { 'if-none-match': etag });
    await send(memory, 2, 2);
    const changed = await ask(memory.app.listEvents, {}, { 'if-none-match': etag });

    expect(again.status).toBe(304);
    expect(changed.status).toBe(200);
    expect(changed.headers['cache-control']).toBe('no-store');
  });

  it('leaves one audit line a minute, however often it is asked', async () => {
    const memory = create();
    const lines = () => memory.lines.filter(({ command }) => command === 'list-events');
    for (let n = 0; n < 20; n += 1) await ask(memory.app.listEvents);
    expect(lines()).toHaveLength(1);

    memory.clock.advance(60_000);
    await ask(memory.app.listEvents);
    await ask(memory.app.listEvents, {}, { authorization: 'Bearer wrong' });
    await ask(memory.app.listEvents, {}, { authorization: 'Bearer wrong' });

    expect(lines().map(({ outcome }) => outcome)).toEqual(['done', 'done', 'unauthorized', 'unauthorized']);
  });
});

describe('GET outbox and GET dead-letters', () => {
  const giveUp = async (memory: MemoryApp, from: number, to: number): Promise<void> => {
    for (let n = from; n <= to; n += 1) {
      const repository = { full_name: 'octo-org/octo-repo' };
      const payload = { action: 'opened', pull_request: { number: n }, repository };
      await memory.github('pull_request', payload, { delivery: `d-${n}` });
      memory.clock.advance(1_000);
    }
  };

  it('list what is owed, newest first, page by page', async () => {
    const memory = create({ queues: [notifier.queue] });
    await giveUp(memory, 1, 5);

    const first = await ask(memory.app.listOutbox, { limit: '3' });
    const second = await ask(memory.app.listOutbox, { limit: '3', cursor: String(first.json?.['next']) });

    expect([...idsOf(first, 'records'), ...idsOf(second, 'records')]).toEqual(down(1, 5));
    expect(first.json?.['total']).toBe(5);
    expect(second.json?.['next']).toBeUndefined();
    expect(rowsOf(first, 'records')[0]).toMatchObject({
      type: 'github.pull_request.opened',
      archived: 'github/2026/01/01/d-5.json',
      copies: [{ bot: 'merge-warden', queue: 'bot-merge-warden', reason: 'queue-missing' }],
    });
  });

  it('list what was given up, with the reason', async () => {
    const memory = create({ queues: [notifier.queue], environment: { OUTBOX_MAX_AGE_SECONDS: '1' } });
    await giveUp(memory, 1, 2);
    for (let run = 0; run < 5; run += 1) {
      memory.clock.advance(30_000);
      await memory.drain();
    }

    const reply = await ask(memory.app.listDeadLetters);

    expect(idsOf(reply, 'deadLetters')).toEqual(down(1, 2));
    expect(rowsOf(reply, 'deadLetters')[0]).toMatchObject({
      reason: expect.any(String),
      deadLetteredAt: expect.any(String),
      copies: [{ bot: 'merge-warden', reason: 'queue-missing' }],
    });
    expect(rowsOf(await ask(memory.app.listEvents, { outcome: 'dead-lettered' })).map(({ id }) => id)).toEqual(
      down(1, 2),
    );
    expect(idsOf(await ask(memory.app.listDeadLetters, { bot: 'notifier' }), 'deadLetters')).toEqual([]);
  });
});
