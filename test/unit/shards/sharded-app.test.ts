import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import type { Bot } from '../../../src/routing/bot.js';
import { archiveBacklogQueue } from '../../../src/routing/event-queue.js';
import { shardOf } from '../../../src/shards/shard-of.js';
import { mergeWarden, notifier } from '../../support/memory-app.js';
import { callHandler, type Reply } from '../../support/post-webhook.js';
import {
  createShardedMemoryApp,
  type ShardedAppOptions,
  type ShardedMemoryApp,
} from '../../support/sharded-memory-app.js';

const shards = ['', '2'];
const queue = mergeWarden.queue;
const keyOf = (number: number): string => `octo-org/octo-repo/pull_request/${number}`;
const shardOfNumber = (number: number): number => shardOf(shards, keyOf(number));
const numbers = Array.from({ length: 24 }, (_, number) => number + 1);
const ofShard = (shard: number): readonly number[] => numbers.filter((number) => shardOfNumber(number) === shard);
const ofFirst = ofShard(0);
const ofSecond = ofShard(1);

/** One bot, ordered by entity: an event's account and its namespace have the same number. */
const setUp = (options: ShardedAppOptions = {}): ShardedMemoryApp => {
  const memory = createShardedMemoryApp({ bots: [mergeWarden], ...options });
  memory.secrets.set('admin-token', adminToken);
  return memory;
};
const adminToken = 'an-admin-token-for-tests';

const deliveryOf = (number: number): string => `b16b00b5-0000-4000-8000-${String(number).padStart(12, '0')}`;

const send = (memory: ShardedMemoryApp, number: number): Promise<Reply> => sendAs(memory, number, deliveryOf(number));

const sendAs = (memory: ShardedMemoryApp, number: number, delivery: string): Promise<Reply> =>
  memory.github(
    'pull_request',
    {
      action: 'opened',
      pull_request: { number },
      repository: { full_name: 'octo-org/octo-repo', html_url: 'https://github.com/octo-org/octo-repo' },
    },
    { delivery },
  );

const sendAll = async (memory: ShardedMemoryApp, which: readonly number[]): Promise<readonly Reply[]> => {
  const replies: Reply[] = [];
  for (const number of which) replies.push(await send(memory, number));
  return replies;
};

/** Lets time pass until all have been answered. */
const answered = async <T>(memory: ShardedMemoryApp, waiting: readonly Promise<T>[]): Promise<readonly T[]> => {
  let isDone = false;
  const all = Promise.all(waiting).finally(() => {
    isDone = true;
  });
  while (!isDone) {
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    memory.clock.advance(100);
  }
  return all;
};

const numbersIn = (memory: ShardedMemoryApp, namespace: number, name = queue): readonly number[] =>
  (memory.namespaces[namespace]?.messages(name) ?? [])
    .map(({ body }) => Number(/"number":(\d+)/.exec(body.toString())?.[1]))
    .toSorted((one, other) => one - other);

const archivedIn = (memory: ShardedMemoryApp, account: number): number =>
  memory.accounts[account]?.archive.names().length ?? 0;

const owedIn = (memory: ShardedMemoryApp, account: number): number =>
  memory.accounts[account]?.outbox.records().size ?? 0;

const plainly = (replies: readonly Reply[]) =>
  replies.map(({ status, json }) => ({ status, archived: json?.['archived'], degraded: json?.['degraded'] }));
const untouched = { status: 202, archived: true, degraded: [] };

const command = (
  memory: ShardedMemoryApp,
  name: 'showEvent' | 'replayEvents' | 'replayEvent',
  id: string,
  body?: unknown,
) =>
  callHandler(
    memory.app[name],
    new HttpRequest({
      method: body === undefined ? 'GET' : 'POST',
      url: 'http://localhost/api/events',
      headers: { authorization: `Bearer ${adminToken}` },
      params: { id },
      ...(body !== undefined && { body: { bytes: Buffer.from(JSON.stringify(body)) } }),
    }),
  );

const deepHealth = (memory: ShardedMemoryApp): Promise<Reply> =>
  callHandler(memory.app.deepHealth, new HttpRequest({ method: 'GET', url: 'http://localhost/api/health/deep' }));

describe('shards', () => {
  it('every event goes to the account and the namespace of its key, and to no other', async () => {
    const memory = setUp();

    const replies = await sendAll(memory, numbers);

    expect(plainly(replies)).toEqual(numbers.map(() => untouched));
    expect(numbersIn(memory, 0)).toEqual(ofFirst);
    expect(numbersIn(memory, 1)).toEqual(ofSecond);
    expect([archivedIn(memory, 0), archivedIn(memory, 1)]).toEqual([ofFirst.length, ofSecond.length]);
    expect(Math.min(ofFirst.length, ofSecond.length)).toBeGreaterThan(numbers.length / 4);
  });

  it('a bot that was given a namespace has all its messages there, and nobody else has', async () => {
    const memory = setUp({ bots: [mergeWarden, notifier], botsOfSecond: ['notifier'] });

    await sendAll(memory, numbers);

    expect(numbersIn(memory, 0)).toEqual(numbers);
    expect(numbersIn(memory, 1, notifier.queue)).toEqual(numbers);
    expect(numbersIn(memory, 1)).toEqual([]);
    expect(numbersIn(memory, 0, notifier.queue)).toEqual([]);
  });

  it.each([
    { what: 'namespace', fails: 'unavailable' },
    { what: 'namespace', fails: { kind: 'hang' } },
    { what: 'account', fails: 'unavailable' },
    { what: 'account', fails: { kind: 'hang' } },
  ] as const)('while one $what fails ($fails) the events of the other shard notice nothing, and take no longer', async ({
    what,
    fails,
  }) => {
    const memory = setUp({ environment: { QUEUE_UNAVAILABLE: 'defer' } });
    const fail = what === 'account' ? memory.breakAccount : memory.breakNamespace;
    const [warmUp = 0] = ofFirst;
    await send(memory, warmUp);
    fail(1, fails);
    const failing = ofSecond.map((number) => send(memory, number));

    // No time passes meanwhile.
    const replies = await sendAll(memory, ofFirst.slice(1));

    expect(plainly(replies)).toEqual(ofFirst.slice(1).map(() => untouched));
    expect(numbersIn(memory, 0)).toEqual(ofFirst);
    const kept = await answered(memory, failing);
    expect(kept.map(({ status }) => status)).toEqual(ofSecond.map(() => 202));
    fail(1);
    memory.clock.advance(31_000);
    await memory.drain();
    await memory.drain();
    memory.clock.advance(31_000);
    await memory.drain();
    expect(numbersIn(memory, 1)).toEqual(ofSecond);
    expect([archivedIn(memory, 0), archivedIn(memory, 1)]).toEqual([ofFirst.length, ofSecond.length]);
    expect([owedIn(memory, 0), owedIn(memory, 1)]).toEqual([0, 0]);
  });

  it('what a session is owed over several conversations goes out in order: it lies in one account', async () => {
    const byRepository: Bot = { ...mergeWarden, orderBy: 'repository' };
    const memory = setUp({ bots: [byRepository], environment: { QUEUE_UNAVAILABLE: 'defer' } });
    const place = shardOf(shards, 'octo-org/octo-repo');
    memory.breakNamespace(place, 'unavailable');
    // Conversations whose own keys belong to one account and to the other in turn.
    const sent = ofFirst.slice(0, 6).flatMap((number, index) => [number, ofSecond[index] ?? 0]);

    const replies = await answered(memory, [sendAll(memory, sent)]);

    expect(replies.flat().map(({ status, json }) => [status, json?.['routedTo']])).toEqual(sent.map(() => [202, []]));
    memory.breakNamespace(place);
    memory.clock.advance(31_000);
    await memory.drain();
    await memory.drain();
    const received = memory.namespaces[place]?.messages(queue) ?? [];
    expect(received.map(({ body }) => Number(/"number":(\d+)/.exec(body.toString())?.[1]))).toEqual(sent);
    expect([archivedIn(memory, 0), archivedIn(memory, 1)].toSorted()).toEqual([0, sent.length]);
  });

  it('only the breakers of the failing shard open, under names of their own, and health says degraded', async () => {
    const memory = setUp();
    memory.breakNamespace(1, 'unavailable');
    memory.breakAccount(1, 'unavailable');

    const refused = await answered(
      memory,
      ofSecond.map((number) => send(memory, number)),
    );
    const accepted = await sendAll(memory, ofFirst);
    const health = await deepHealth(memory);

    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]));
    expect(plainly(accepted)).toEqual(ofFirst.map(() => untouched));
    expect(health.status).toBe(200);
    expect(health.json).toMatchObject({
      status: 'degraded',
      checks: {
        service_bus_circuit: { healthy: true },
        blob_storage_circuit: { healthy: true },
        service_bus_2_circuit: { healthy: false },
        blob_storage_2_circuit: { healthy: false },
      },
      circuitBreakers: { 'service-bus': { state: 'Closed' }, 'service-bus:2': { state: 'Open' } },
    });
  });

  it('each shard shows the gate of its own last resort, by the name of its breaker', async () => {
    const { json } = await deepHealth(createShardedMemoryApp());

    const gates = Object.keys(Object(json?.['lastResort']));
    expect(gates).toEqual(['service-bus', 'service-bus:2', 'blob-storage', 'blob-storage:2']);
  });

  it('when every namespace is down nothing gets in, and health says unhealthy', async () => {
    const memory = setUp();
    for (const index of [0, 1]) memory.breakNamespace(index, 'unavailable');

    await sendAll(memory, numbers);

    expect(await deepHealth(memory)).toMatchObject({ status: 503, json: { status: 'unhealthy' } });
  });

  it('an account that fails has a backlog of its own in the namespaces that work, and it alone is owed what is in it', async () => {
    const memory = setUp();
    memory.breakAccount(1, 'unavailable');
    const [number = 0] = ofSecond;

    const reply = await send(memory, number);

    expect(plainly([reply])).toEqual([{ status: 202, archived: false, degraded: ['blob-storage'] }]);
    expect(numbersIn(memory, 1, `${archiveBacklogQueue}-2`)).toEqual([number]);
    expect(numbersIn(memory, 1, archiveBacklogQueue)).toEqual([]);
    memory.breakAccount(1);
    memory.clock.advance(31_000);
    await memory.drain();
    expect([archivedIn(memory, 0), archivedIn(memory, 1)]).toEqual([0, 1]);
  });

  it.each([
    'unavailable',
    { kind: 'hang' },
  ] as const)("while its account and its namespace both fail (%j) a shard's events are kept in another namespace, and come home in order, once", async (fails) => {
    const memory = setUp({ environment: { QUEUE_UNAVAILABLE: 'defer' } });
    memory.breakAccount(1, fails);
    memory.breakNamespace(1, fails);

    const replies = await answered(
      memory,
      ofSecond.map((number) => send(memory, number)),
    );
    const apart = await sendAll(memory, ofFirst);

    expect(replies.map(({ status, json }) => [status, json?.['status'], json?.['archived']])).toEqual(
      ofSecond.map(() => [202, 'deferred', false]),
    );
    expect(numbersIn(memory, 0, `${archiveBacklogQueue}-2`)).toEqual(ofSecond);
    expect(plainly(apart)).toEqual(ofFirst.map(() => untouched));
    memory.breakAccount(1);
    memory.breakNamespace(1);
    for (let run = 0; run < 3; run += 1) {
      memory.clock.advance(31_000);
      await memory.drain();
    }
    expect(numbersIn(memory, 1)).toEqual(ofSecond);
    expect([archivedIn(memory, 0), archivedIn(memory, 1)]).toEqual([ofFirst.length, ofSecond.length]);
    expect([owedIn(memory, 0), owedIn(memory, 1)]).toEqual([0, 0]);
  });

  it('a caller is answered 503 at once when no store of its shard and no other namespace has answered for a while', async () => {
    const memory = setUp({ environment: { QUEUE_UNAVAILABLE: 'defer' } });
    for (const index of [0, 1]) {
      memory.breakAccount(index, 'unavailable');
      memory.breakNamespace(index, 'unavailable');
    }
    const [first = 0, last = 0] = ofSecond;
    await answered(memory, [send(memory, first)]);
    const startedMs = memory.clock.monotonicMs();

    const [reply] = await answered(memory, [send(memory, last)]);

    expect(reply?.status).toBe(503);
    expect(memory.clock.monotonicMs() - startedMs).toBeLessThanOrEqual(1_500);
  });

  it.each([
    { while: 'its own stores answer again', also: [] },
    { while: 'its own namespace answers again', also: ['account'] },
  ])('a later event of a session waits for an elder that lies in another namespace, which fails while $while', async ({
    also,
  }) => {
    const [number = 0] = ofSecond;
    const memory = setUp({ environment: { QUEUE_UNAVAILABLE: 'defer' } });
    const deliveries = () =>
      (memory.namespaces[1]?.messages(queue) ?? []).map(({ messageId }) => messageId.split(':')[1]);
    memory.breakAccount(1, 'unavailable');
    memory.breakNamespace(1, 'unavailable');
    await answered(memory, [sendAs(memory, number, 'elder')]);
    memory.breakNamespace(0, 'unavailable');
    memory.breakNamespace(1);
    if (also.length === 0) memory.breakAccount(1);

    const [reply] = await answered(memory, [sendAs(memory, number, 'later')]);
    memory.breakAccount(1);
    for (let run = 0; run < 2; run += 1) {
      memory.clock.advance(31_000);
      await memory.drain();
    }

    expect(reply?.status).toBe(202);
    expect(deliveries()).toEqual([]);
    memory.breakNamespace(0);
    for (let run = 0; run < 2; run += 1) {
      memory.clock.advance(31_000);
      await memory.drain();
    }
    expect(deliveries()).toEqual(['elder', 'later']);
  });

  it('what one namespace is owed is delivered while the other one is down, and what that is owed stays', async () => {
    const memory = setUp({
      bots: [mergeWarden, notifier],
      botsOfSecond: ['notifier'],
      environment: { QUEUE_UNAVAILABLE: 'defer' },
    });
    for (const index of [0, 1]) memory.breakNamespace(index, 'unavailable');
    await sendAll(memory, numbers);
    memory.breakNamespace(0);
    memory.clock.advance(31_000);

    for (let run = 0; run < 3; run += 1) {
      await memory.drain();
      memory.clock.advance(31_000);
    }

    expect(numbersIn(memory, 0)).toEqual(numbers);
    expect(numbersIn(memory, 1, notifier.queue)).toEqual([]);
    const owed = memory.accounts.flatMap(({ outbox }) => [...outbox.records().values()]);
    expect(owed.flatMap((record) => record.owed.map(({ bot }) => bot))).toEqual(numbers.map(() => 'notifier'));
    expect(new Set(owed.flatMap((record) => record.owed.map(({ attempts }) => attempts)))).toEqual(new Set([0]));
    memory.breakNamespace(1);
    await memory.drain();
    memory.clock.advance(31_000);
    await memory.drain();
    expect(numbersIn(memory, 1, notifier.queue)).toEqual(numbers);
    expect([owedIn(memory, 0), owedIn(memory, 1)]).toEqual([0, 0]);
  });

  it('an operator finds an event in whichever account it lies, also while the other account fails', async () => {
    const memory = setUp();
    await sendAll(memory, numbers);
    memory.breakAccount(0, 'unavailable');

    const [found = 0] = ofSecond;
    const [hidden = 0] = ofFirst;
    const shown = await command(memory, 'showEvent', deliveryOf(found));
    const unknown = await command(memory, 'showEvent', deliveryOf(hidden));

    expect(shown).toMatchObject({
      status: 200,
      json: { archived: { name: expect.stringMatching(/\.json@2$/) }, owed: [] },
    });
    expect(unknown.status).toBe(503);
  });

  it('a replay of a stretch of time covers every account, and says so when one of them cannot be read', async () => {
    const memory = setUp();
    await sendAll(memory, numbers);
    const stretch = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };

    const whole = await command(memory, 'replayEvents', '', { ...stretch, force: true });
    memory.breakAccount(1, 'unavailable');
    const part = await command(memory, 'replayEvents', '', { ...stretch, dryRun: true });

    expect(whole.json).toMatchObject({ events: numbers.length, complete: true });
    expect(numbersIn(memory, 0)).toEqual(ofFirst.flatMap((number) => [number, number]));
    expect(numbersIn(memory, 1)).toEqual(ofSecond.flatMap((number) => [number, number]));
    expect(part.json).toMatchObject({ complete: false, stoppedBy: 'blob-storage' });
  });
});
