import { afterEach, beforeEach, expect, it } from 'vitest';
import { type GithubApi, startGithubApi } from '../../../local/github-api/start-github-api.js';
import { createKeptDeliveries } from '../../../src/reconcile/kept-deliveries.js';
import type { MissedDelivery } from '../../../src/reconcile/missed-deliveries.js';
import { shardOf } from '../../../src/shards/shard-of.js';
import { taggedOutbox } from '../../../src/shards/sharded-outbox.js';
import { createMemoryOutboxStore } from '../../support/memory/outbox-store.js';
import { createMemoryApp, type MemoryApp, mergeWarden } from '../../support/memory-app.js';
import { runTimer } from '../../support/post-webhook.js';
import { createShardedMemoryApp } from '../../support/sharded-memory-app.js';

const minuteMs = 60_000;
const payload = { ref: 'refs/heads/main', repository: { full_name: 'octo-org/octo-repo' } };

let api: GithubApi;
let site: MemoryApp;

beforeEach(async () => {
  api = await startGithubApi({
    now: () => site.clock.epochMs(),
    redeliver: async (guid) => (await site.github('push', { ...payload, after: guid }, { delivery: guid })).status,
  });
  site = createMemoryApp({
    environment: { GITHUB_RECONCILE_HOOKS: 'app', GITHUB_API_URL: api.url },
  });
  site.secrets.set('github-api-token', 'ghp_local-token-for-tests');
});

afterEach(() => api.close());

const delivered = (): number => site.queue.messages('bot-notifier').length;

it('what found the host away is archived and with its bots once, after one run of the timer', async () => {
  for (let n = 0; n < 50; n += 1) api.record({ guid: `guid-${n}`, event: 'push', status: 502 });
  site.clock.advance(2 * minuteMs);

  await runTimer(site.app.reconcileGithub);
  await expect.poll(delivered).toBe(50);
  site.clock.advance(6 * minuteMs);
  await runTimer(site.app.reconcileGithub);

  expect(delivered()).toBe(50);
  expect(api.asked.filter((line) => line.startsWith('POST'))).toHaveLength(50);
});

it('what GitHub was told has failed and is owed or archived here is not asked for', async () => {
  site.queue.setFault({ kind: 'error', code: 'unavailable' });
  const reply = await site.github('push', payload, { delivery: 'deferred' });
  api.record({ guid: 'deferred', event: 'push', status: reply.status });
  site.clock.advance(2 * minuteMs);

  await runTimer(site.app.reconcileGithub);

  expect(reply.status).toBe(503);
  expect(api.asked.filter((line) => line.startsWith('POST'))).toEqual([]);
});

it('what could not be verified when it came is not asked for, and is there once it can be', async () => {
  site.secrets.setFault({ kind: 'fail', code: 'unavailable' });
  const reply = await site.github('push', payload, { delivery: 'unverified' });
  api.record({ guid: 'unverified', event: 'push', status: reply.status });
  site.secrets.setFault({ kind: 'none' });
  site.clock.advance(2 * minuteMs);

  await runTimer(site.app.reconcileGithub);
  const held = site.quarantine.records().size;
  site.clock.advance(3_600_000);
  await site.drain();

  expect([reply.status, reply.json]).toMatchObject([503, { quarantined: true }]);
  expect(api.asked.filter((line) => line.startsWith('POST'))).toEqual([]);
  expect([held, delivered()]).toEqual([1, 1]);
});

it.each(['abc', 'abc-def'])('one whose id another one’s begins with is asked for all the same: %s', async (other) => {
  await site.github('push', payload, { delivery: `${other}-2` });
  api.record({ guid: other, event: 'push', status: 502 });
  site.clock.advance(2 * minuteMs);

  await runTimer(site.app.reconcileGithub);

  await expect.poll(delivered).toBe(2);
});

it('what lies in a further account, or is owed there, is not asked for', async () => {
  const environment = { GITHUB_RECONCILE_HOOKS: 'app', GITHUB_API_URL: api.url };
  const sharded = createShardedMemoryApp({ bots: [mergeWarden], environment });
  site = sharded;
  sharded.secrets.set('github-api-token', 'ghp_local-token-for-tests');
  const numbers = Array.from({ length: 50 }, (_, number) => number);
  const ofSecond = numbers.filter((one) => shardOf(['', '2'], `octo-org/octo-repo/pull_request/${one}`) === 1);
  const send = async (delivery: string, index: number): Promise<number> => {
    const about = { action: 'opened', pull_request: { number: ofSecond[index] }, repository: payload.repository };
    return (await site.github('pull_request', about, { delivery })).status;
  };
  await send('archived', 0);
  for (const queue of sharded.namespaces) queue.setFault({ kind: 'error', code: 'unavailable' });
  const deferred = await send('owed', 1);
  for (const guid of ['archived', 'owed']) api.record({ guid, event: 'pull_request', status: 502 });
  site.clock.advance(2 * minuteMs);

  await runTimer(site.app.reconcileGithub);

  expect([deferred, sharded.accounts[1]?.archive.names().length]).toEqual([503, 2]);
  expect(sharded.accounts[1]?.outbox.records().size).toBe(1);
  expect(api.asked.filter((line) => line.startsWith('POST'))).toEqual([]);
});

const missedNow = (deliveryId: string): MissedDelivery => {
  const atMs = site.clock.epochMs();
  return { deliveryId, attemptId: '1', event: 'push', firstAtMs: atMs, lastAtMs: atMs, asked: 0 };
};

it('what is owed in a further account is found there, and what another provider is owed under the same id is not its own', async () => {
  const outbox = createMemoryOutboxStore({ clock: site.clock });
  const tagged = taggedOutbox(outbox, '2');
  site.queue.setFault({ kind: 'error', code: 'unavailable' });
  await site.github('push', payload, { delivery: 'owed' });
  const [record] = [...site.outbox.records().values()];
  if (record === undefined) throw new Error('Nothing is owed');
  await tagged.create(record, new AbortController().signal);
  const keptDeliveries = createKeptDeliveries({
    list: async () => ({ ok: true, value: { entries: [] } }),
    outbox: {
      list: async (from) => ({ ok: true, value: await tagged.list(from, new AbortController().signal) }),
      read: async (name) => ({ ok: true, value: await tagged.read(name, new AbortController().signal) }),
    },
    quarantine: {
      list: async () => ({ ok: true, value: { entries: [] } }),
      read: async () => ({ ok: true, value: 'gone' }),
    },
    timeoutMs: 1_000,
  });
  const delivery = missedNow('owed');

  const isKept = keptDeliveries(new AbortController().signal);

  expect(await isKept('github', delivery)).toBe(true);
  expect(await isKept('github', { ...delivery, deliveryId: 'owe' })).toBe(false);
  expect(await isKept('github-acme', delivery)).toBe(false);
});

it.each([
  ['readable to its end', undefined, [true, false, true, false]],
  ['broken off after a page', 'more', [true, undefined, true, undefined]],
])('outbox and quarantine are listed once for all deliveries of a run: %s', async (_, next, expected) => {
  site.queue.setFault({ kind: 'error', code: 'unavailable' });
  await site.github('push', payload, { delivery: 'owed' });
  const { signal } = new AbortController();
  const lists: (string | undefined)[] = [];
  const failed = { ok: false, error: { kind: 'circuit-open', breaker: 'blob-storage', retryAfterMs: 1_000 } } as const;
  const more = next === undefined ? {} : { next };
  const keptDeliveries = createKeptDeliveries({
    list: async () => ({ ok: true, value: { entries: [] } }),
    outbox: {
      list: async (from) => {
        lists.push(from);
        if (from !== undefined) return failed;
        const { records } = await site.outbox.list(undefined, signal);
        return { ok: true, value: { records, ...more } };
      },
      read: async (name) => ({ ok: true, value: await site.outbox.read(name, signal) }),
    },
    quarantine: {
      list: async (from) => {
        lists.push(from);
        return from === undefined ? { ok: true, value: { entries: [], ...more } } : failed;
      },
      read: async () => failed,
    },
    timeoutMs: 1_000,
  });
  const isKept = keptDeliveries(signal);

  const looks = ['owed', 'one', 'owed', 'two'].map((id) => isKept('github', missedNow(id)));

  expect(await Promise.all(looks)).toEqual(expected);
  expect(lists).toHaveLength(next === undefined ? 2 : 4);
});

it('what leaves the quarantine while it is looked for is not called missing: the archive may have it by then', async () => {
  site.secrets.setFault({ kind: 'fail', code: 'unavailable' });
  await site.github('push', payload, { delivery: 'unverified' });
  const { signal } = new AbortController();
  const entries = (await site.quarantine.list(undefined, signal)).entries;
  const keptDeliveries = createKeptDeliveries({
    list: async () => ({ ok: true, value: { entries: [] } }),
    outbox: {
      list: async () => ({ ok: true, value: { records: [] } }),
      read: async () => ({ ok: true, value: 'gone' }),
    },
    quarantine: {
      list: async () => ({ ok: true, value: { entries } }),
      read: async () => ({ ok: true, value: 'gone' }),
    },
    timeoutMs: 1_000,
  });

  expect(entries).toHaveLength(1);
  expect(await keptDeliveries(signal)('github', missedNow('unverified'))).toBeUndefined();
});
