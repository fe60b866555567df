import { HttpRequest } from '@azure/functions';
import { beforeEach, describe, expect, it } from 'vitest';
import { ArchiveError } from '../../../src/archive/archive-error.js';
import type { PayloadArchive } from '../../../src/archive/payload-archive.js';
import type { Dependencies } from '../../../src/composition/dependencies.js';
import { presenceSeconds } from '../../../src/presence/presence-store.js';
import { shardOf } from '../../../src/shards/shard-of.js';
import { eventIdIn } from '../../support/event-id-in.js';
import type { ManualClock } from '../../support/manual-clock.js';
import { createMemoryBodyLog, type SharedParts } from '../../support/memory/body-log.js';
import { createMemoryOutboxStore } from '../../support/memory/outbox-store.js';
import { createMemoryPayloadArchive } from '../../support/memory/payload-archive.js';
import { createMemoryPresenceStore, type MemoryPresenceStore } from '../../support/memory/presence-store.js';
import {
  bodyOf,
  createMemoryApp,
  type MemoryApp,
  type MemoryAppOptions,
  mergeWarden,
  notifier,
} from '../../support/memory-app.js';
import { callHandler } from '../../support/post-webhook.js';

const pullRequest = (number: number, step = 0) => ({
  action: 'synchronize',
  pull_request: { number, updated_at: '2026-01-01T00:00:00Z' },
  repository: { full_name: 'octo-org/octo-repo' },
  step,
});

/** From now on nothing that this instance asks of its dependencies is answered, as if it had been killed. */
interface Mortal {
  readonly app: MemoryApp;
  /** `afterArchive`: what is put from now on reaches the archive, and the process nothing else. */
  die(): void;
  dieAfterArchive(): void;
}

type Change = (dependencies: Dependencies) => Dependencies;

const never = (): Promise<never> => new Promise<never>(() => {});

const startMortal = ({
  change = (given) => given,
  ...options
}: MemoryAppOptions & { readonly change?: Change }): Mortal => {
  let state: 'alive' | 'dying' | 'dead' = 'alive';
  const unlessDead =
    <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> =>
      state === 'alive' ? call(...args) : never();
  const wrap = (given: Dependencies): Dependencies => {
    const dependencies = change(given);
    const { archive, queue, outbox, presences } = dependencies;
    return {
      ...dependencies,
      archive: {
        ...archive,
        put: async (payload, signal) => {
          if (state === 'dead') return never();
          const put = await archive.put(payload, signal);
          return state === 'alive' ? put : never();
        },
        list: unlessDead(archive.list),
      },
      queue: { send: unlessDead(queue.send) },
      outbox: { ...outbox, create: unlessDead(outbox.create) },
      ...(presences !== undefined && {
        presences: {
          ...presences,
          renew: unlessDead(presences.renew),
          announce: unlessDead(presences.announce),
          remove: unlessDead(presences.remove),
        },
      }),
    };
  };
  const app = createMemoryApp({ ...options, wrap });
  return {
    app,
    die: () => {
      state = 'dead';
    },
    dieAfterArchive: () => {
      state = 'dying';
    },
  };
};

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
};

describe('archived, never routed', () => {
  let clock: ManualClock;
  let presences: MemoryPresenceStore;
  let living: MemoryApp;
  let mortal: Mortal;

  beforeEach(async () => {
    living = createMemoryApp({});
    clock = living.clock;
    presences = createMemoryPresenceStore(clock);
    living = createMemoryApp({ beside: living, presences });
    mortal = startMortal({ beside: living, presences });
    await living.app.presence?.announce();
    await mortal.app.app.presence?.announce();
  });

  const idsIn = ({ queue }: { readonly queue: string }): readonly string[] =>
    living.queue.messages(queue).map(eventIdIn);

  /** Every living instance renews its note meanwhile. */
  const pass = async (seconds: number): Promise<void> => {
    for (let passed = 0; passed < seconds; passed += 10) {
      clock.advance(10_000);
      await settled();
    }
  };

  /** Looks through what killed instances left, in an archive that lists so. */
  const sweeperListing = (
    list: (archive: PayloadArchive, ...asked: Parameters<PayloadArchive['list']>) => ReturnType<PayloadArchive['list']>,
  ): MemoryApp =>
    createMemoryApp({
      beside: living,
      presences,
      wrap: (given) => ({
        ...given,
        archive: { ...given.archive, list: (...asked) => list(given.archive, ...asked) },
      }),
    });

  const sendAndDie = async (number: number, delivery: string, step = 0): Promise<void> => {
    mortal.dieAfterArchive();
    void mortal.app.github('pull_request', pullRequest(number, step), { delivery });
    await settled();
    mortal.die();
  };

  it('what an instance archived before it was killed reaches its bots by the timer of another within two minutes', async () => {
    await living.github('pull_request', pullRequest(8), { delivery: 'theirs' });
    await sendAndDie(7, 'lost');
    expect(living.archive.names()).toHaveLength(2);

    await pass(presenceSeconds + 30);
    const other = createMemoryApp({ beside: living, presences });
    await other.drain();

    expect(idsIn(mergeWarden)).toEqual(['theirs', 'lost']);
    expect(idsIn(notifier)).toEqual(['theirs', 'lost']);
    expect(living.outbox.records().size).toBe(0);
    expect(other.lines.filter(({ event }) => event === 'event.never-routed')).toMatchObject([{ id: 'lost' }]);
    expect(presences.notes()).toHaveLength(1);
  });

  it('several of one session come in the order of their arrival, behind nothing and before nothing that is owed', async () => {
    for (const step of [1, 2, 3]) {
      mortal.dieAfterArchive();
      void mortal.app.github('pull_request', pullRequest(7, step), { delivery: `z${9 - step}` });
      await settled();
      clock.advance(50);
    }
    mortal.die();

    await pass(presenceSeconds + 30);
    await living.drain();

    expect(idsIn(mergeWarden)).toEqual(['z8', 'z7', 'z6']);
  });

  it('what had been routed is not given to any bot again', async () => {
    await mortal.app.github('pull_request', pullRequest(7, 1), { delivery: 'routed' });
    await sendAndDie(7, 'lost', 2);

    await pass(presenceSeconds + 30);
    await living.drain();

    expect(idsIn(mergeWarden)).toEqual(['routed', 'lost']);
    expect(idsIn(notifier).toSorted()).toEqual(['lost', 'routed']);
  });

  it('what is known to have been accepted is not given again even after queues have forgotten it', async () => {
    const parts: SharedParts = new Map();
    const withLog =
      (writer: string) =>
      (given: Dependencies): Dependencies => ({
        ...given,
        bodyLog: createMemoryBodyLog(parts, writer),
      });
    mortal = startMortal({ beside: living, presences, change: withLog('mortal') });
    const other = createMemoryApp({ beside: living, presences, wrap: withLog('other') });
    await mortal.app.app.presence?.announce();
    await mortal.app.github('pull_request', pullRequest(7, 1), { delivery: 'routed' });
    clock.advance(2_500);
    await settled();
    await sendAndDie(7, 'lost', 2);

    await pass(20);
    clock.advance(3 * 86_400_000);
    await settled();
    await other.drain();

    expect(idsIn(mergeWarden)).toEqual(['routed', 'lost']);
  });

  it('an instance whose clock is hours ahead, or behind, is looked through all the same', async () => {
    for (const [name, skewMs] of [
      ['ahead', 30 * 3_600_000],
      ['behind', -26 * 3_600_000],
    ] as const) {
      const skewed = (given: Dependencies): Dependencies => ({
        ...given,
        clock: {
          monotonicMs: () => given.clock.monotonicMs(),
          epochMs: () => given.clock.epochMs() + skewMs,
          startTimer: (ms, onElapsed) => given.clock.startTimer(ms, onElapsed),
        },
      });
      mortal = startMortal({ beside: living, presences, change: skewed });
      await mortal.app.app.presence?.announce();
      await sendAndDie(7, name);
    }

    await pass(presenceSeconds + 30);
    await living.drain();

    expect(idsIn(notifier).toSorted()).toEqual(['ahead', 'behind']);
  });

  it('an instance that is slow but alive goes on, and its bots get each event once', async () => {
    presences.setAway(true);
    await pass(20);
    living.queue.setFault({ kind: 'hang' });
    const reply = mortal.app.github('pull_request', pullRequest(7), { delivery: 'slow' });
    await settled();
    clock.block(presenceSeconds * 1_000);
    presences.setAway(false);
    living.queue.setFault(undefined);
    await living.app.presence?.announce();

    await living.drain();
    clock.advance(1);
    await reply;
    await pass(presenceSeconds);
    await living.drain();

    expect(idsIn(notifier)).toEqual(['slow']);
    expect(presences.notes().map(({ process }) => process)).toContain(
      (await presences.list(new AbortController().signal)).held.map(({ process }) => process)[0],
    );
    expect(presences.notes()).toHaveLength(2);
  });

  it('a sweep that is killed in the middle is finished by another instance', async () => {
    for (const step of [1, 2, 3]) await sendMore(step);
    mortal.die();
    let creates = 0;
    const sweeper = startMortal({
      beside: living,
      presences,
      change: (given) => ({
        ...given,
        outbox: {
          ...given.outbox,
          create: async (record, signal) => {
            creates += 1;
            if (creates === 2) sweeper.die();
            return creates < 2 ? given.outbox.create(record, signal) : never();
          },
        },
      }),
    });
    await pass(presenceSeconds + 30);
    void sweeper.app.drain();
    await settled();
    expect(living.outbox.records().size).toBe(1);

    await pass(presenceSeconds + 30);
    await living.drain();

    expect(idsIn(mergeWarden)).toEqual(['step-1', 'step-2', 'step-3']);
    expect(presences.notes()).toHaveLength(1);
  });

  const sendMore = async (step: number): Promise<void> => {
    mortal.dieAfterArchive();
    void mortal.app.github('pull_request', pullRequest(7, step), { delivery: `step-${step}` });
    await settled();
    clock.advance(50);
  };

  it('an instance that ends as it should leaves nothing to look through', async () => {
    await mortal.app.github('pull_request', pullRequest(7), { delivery: 'one' });
    await mortal.app.app.presence?.withdraw();

    expect(presences.notes()).toHaveLength(1);
  });

  it('an instance that ends while it works leaves its note, so that its work is looked for', async () => {
    mortal.dieAfterArchive();
    void mortal.app.github('pull_request', pullRequest(7), { delivery: 'one' });
    await settled();
    await mortal.app.app.presence?.withdraw();

    await pass(presenceSeconds + 30);
    await living.drain();

    expect(idsIn(notifier)).toEqual(['one']);
  });

  it('a payload too large for a message comes as a claim check', async () => {
    mortal.dieAfterArchive();
    const large = { ...pullRequest(7), filler: 'x'.repeat(250_000) };
    void mortal.app.github('pull_request', large, { delivery: 'large' });
    await settled();
    mortal.die();

    await pass(presenceSeconds + 30);
    await living.drain();

    const [message] = living.queue.messages(notifier.queue);
    expect(JSON.parse(String(message?.body))).toMatchObject({ id: 'large', datasize: bodyOf(large).length });
  });

  it('the archive of a busy day is looked through in several runs, a page at a time, and only once', async () => {
    for (let n = 0; n < 5; n += 1) await living.github('pull_request', pullRequest(n), { delivery: `busy-${n}` });
    await sendAndDie(7, 'lost');
    await pass(presenceSeconds + 30);
    await living.app.presence?.withdraw();
    const asked: string[] = [];
    const sweeper = sweeperListing(async ({ list }, prefix, from, signal) => {
      asked.push(`${prefix} ${from ?? ''}`);
      clock.block(15_000);
      const all = (await list(prefix, undefined, signal)).entries;
      const at = Number(from ?? 0);
      return { entries: all.slice(at, at + 1), ...(at + 1 < all.length && { next: String(at + 1) }) };
    });

    await sweeper.drain();
    expect(asked).toHaveLength(2);
    for (let run = 0; run < 3; run += 1) await sweeper.drain();

    expect(idsIn(notifier)).toContain('lost');
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('a run that could not look through what a killed instance archived is one that left something', async () => {
    await sendAndDie(7, 'lost');
    await pass(presenceSeconds + 30);
    let fails = true;
    const sweeper = sweeperListing(({ list }, ...args) =>
      fails ? Promise.reject(new ArchiveError('unavailable', 'On purpose')) : list(...args),
    );
    const lastRun = async () => JSON.parse(String(await sweeper.timerRun.read(new AbortController().signal)));
    await sweeper.drain();
    expect(await lastRun()).toMatchObject({ complete: false });
    fails = false;

    await sweeper.drain();

    expect(idsIn(notifier)).toEqual(['lost']);
    expect(await lastRun()).toMatchObject({ complete: true });
  });

  it('storage that takes long for each record does not keep a sweep beyond its time: the rest is owed by the next run, once each', async () => {
    for (let n = 0; n < 40; n += 1) await sendAndDie(n, `lost-${n}`);
    await pass(presenceSeconds + 30);
    await living.app.presence?.withdraw();
    const created: string[] = [];
    const sweeper = createMemoryApp({
      beside: living,
      presences,
      wrap: (given) => ({
        ...given,
        outbox: {
          ...given.outbox,
          create: async (record, signal) => {
            created.push(record.attributes.id);
            clock.block(2_000);
            return given.outbox.create(record, signal);
          },
        },
      }),
    });

    await sweeper.drain();
    const first = created.length;
    for (let run = 0; run < 6; run += 1) await sweeper.drain();

    expect(first).toBeLessThanOrEqual(16);
    expect(new Set(created).size).toBe(40);
    expect(created).toHaveLength(40);
  });

  it('what was archived, not written down and answered 503 is found too, though its instance lives', async () => {
    living.queue.setFault({ kind: 'error', code: 'unavailable' });
    living.outbox.setFault({ kind: 'error', code: 'unavailable' }, 'create');
    const reply = living.github('pull_request', pullRequest(7), { delivery: 'refused' });
    for (let second = 0; second < 12; second += 1) await pass(10);
    expect((await reply).status).toBe(503);
    living.queue.setFault(undefined);
    living.outbox.setFault(undefined, 'create');

    await pass(60);
    await living.drain();
    await living.drain();

    expect(idsIn(notifier)).toEqual(['refused']);
  });

  it('tells an event that was never routed from one that was', async () => {
    living.secrets.set('admin-token', 'an-admin-token-for-tests');
    const routingOf = async (id: string): Promise<unknown> => {
      const request = new HttpRequest({
        method: 'GET',
        url: 'http://localhost/api/events',
        headers: { authorization: 'Bearer an-admin-token-for-tests' },
        params: { id },
      });
      return Object(JSON.parse((await callHandler(living.app.showEvent, request)).body)).routing;
    };
    await mortal.app.github('pull_request', { ...pullRequest(7), pull_request: { number: 7 } }, { delivery: 'routed' });
    expect(await routingOf('routed')).toBe('under-way');
    await pass(30);
    expect(await routingOf('routed')).toBe('routed');

    await sendAndDie(7, 'lost');
    expect(await routingOf('lost')).toBe('under-way');
    await pass(presenceSeconds + 30);
    expect(await routingOf('lost')).toBe('never-routed');
    expect(await routingOf('routed')).toBe('routed');

    living.queue.setFault({ kind: 'error', code: 'queue-full' }, notifier.queue);
    await living.drain();
    expect(await routingOf('lost')).toBe('owed');
    living.queue.setFault(undefined, notifier.queue);
    clock.advance(60_000);
    await living.drain();
    expect(await routingOf('lost')).toBe('routed');
  });

  it('the first payload of an instance waits for its note, and no longer than 300 ms where storage does not take it', async () => {
    const order: string[] = [];
    const watched =
      (hang: boolean) =>
      (given: Dependencies): Dependencies => ({
        ...given,
        archive: {
          ...given.archive,
          put: (payload, signal) => {
            order.push('archived');
            return given.archive.put(payload, signal);
          },
        },
        presences: {
          ...presences,
          announce: async (name, note, signal) => {
            if (hang) return never();
            const lease = await presences.announce(name, note, signal);
            order.push('announced');
            return lease;
          },
        },
      });
    const cold = createMemoryApp({ beside: living, wrap: watched(false) });
    await cold.github('pull_request', pullRequest(1), { delivery: 'one' });
    await cold.github('pull_request', pullRequest(1), { delivery: 'two' });
    expect(order).toEqual(['announced', 'archived', 'archived']);

    order.length = 0;
    const mute = createMemoryApp({ beside: living, wrap: watched(true) });
    const reply = mute.github('pull_request', pullRequest(1), { delivery: 'three' });
    await settled();
    clock.advance(299);
    await settled();
    expect(order).toEqual([]);
    clock.advance(1);
    await settled();
    expect(order).toEqual(['archived']);
    expect((await reply).status).toBe(202);
    await mute.github('pull_request', pullRequest(1), { delivery: 'four' });
  });

  it('what comes while it is made owed again does not overtake it', async () => {
    await sendAndDie(7, 'lost', 1);
    await pass(presenceSeconds + 30);
    living.queue.setFault({ kind: 'error', code: 'unavailable' });
    await living.drain();
    living.queue.setFault(undefined);

    const reply = await living.github('pull_request', pullRequest(7, 2), { delivery: 'later' });
    expect(reply.json).toMatchObject({ degraded: ['bot:merge-warden'] });
    await living.drain();

    expect(idsIn(mergeWarden)).toEqual(['lost', 'later']);
  });

  it('costs a renewal every 20 seconds at rest, a note every 5 while webhooks come, and none for a webhook', async () => {
    const calls: string[] = [];
    const watched = (given: Dependencies): Dependencies => ({
      ...given,
      presences: {
        ...presences,
        announce: (...args) => {
          calls.push('announce');
          return presences.announce(...args);
        },
        renew: (lease, note, signal) => {
          calls.push(note === undefined ? 'renew' : 'note');
          return presences.renew(lease, note, signal);
        },
      },
    });
    const app = createMemoryApp({ beside: living, wrap: watched });
    await app.app.presence?.announce();
    await pass(60);
    expect(calls).toEqual(['announce', 'renew', 'renew', 'renew']);

    calls.length = 0;
    for (let n = 0; n < 10; n += 1) {
      await app.github('pull_request', pullRequest(1, n), { delivery: `d-${n}` });
      clock.advance(1_000);
      await settled();
    }
    expect(calls).toEqual(['note', 'note']);
  });

  it('what was at work for longer than a note lasts is found, too', async () => {
    const mute = (given: Dependencies): Dependencies => ({
      ...given,
      queue: { send: never },
      outbox: { ...given.outbox, create: never },
    });
    mortal = startMortal({ beside: living, presences, change: mute });
    await mortal.app.app.presence?.announce();
    void mortal.app.github('pull_request', pullRequest(7), { delivery: 'slow' });
    await settled();
    for (let second = 0; second < 7; second += 1) {
      clock.advance(1_000);
      await settled();
    }
    mortal.die();

    await pass(presenceSeconds + 30);
    await living.drain();

    expect(idsIn(notifier)).toEqual(['slow']);
  });

  it('what arrived before what its session owes comes before it', async () => {
    await sendAndDie(7, 'lost', 1);
    clock.advance(100);
    living.queue.setFault({ kind: 'error', code: 'unavailable' });
    const reply = living.github('pull_request', pullRequest(7, 2), { delivery: 'later' });
    await pass(presenceSeconds + 30);
    expect((await reply).json).toMatchObject({ deferred: true });
    living.queue.setFault(undefined);
    await living.drain();
    clock.advance(60_000);
    await living.drain();

    expect(idsIn(mergeWarden)).toEqual(['lost', 'later']);
  });

  it('what is owed already keeps its place among what its session owes', async () => {
    living.queue.setFault({ kind: 'error', code: 'queue-full' }, mergeWarden.queue);
    await mortal.app.github('pull_request', pullRequest(7, 1), { delivery: 'first' });
    const records = await living.outbox.list(undefined, new AbortController().signal);
    const first = await living.outbox.read(records.records[0]?.name ?? '', new AbortController().signal);
    if (typeof first === 'string') throw new Error(first);
    // As one has it that was written behind an elder of another instance, whose clock was ahead.
    const lease = await living.outbox.lease(first, new AbortController().signal);
    if (typeof lease === 'string') throw new Error(lease);
    await living.outbox.remove(lease, new AbortController().signal);
    const orderedAt = '2026-01-01T00:00:30.000Z';
    await living.outbox.create({ ...first.record, orderedAt }, new AbortController().signal);
    await pass(10);
    await mortal.app.github('pull_request', pullRequest(7, 2), { delivery: 'second' });
    mortal.die();
    living.queue.setFault(undefined, mergeWarden.queue);

    await pass(presenceSeconds + 30);
    const other = createMemoryApp({ beside: living, presences });
    await other.drain();

    expect(idsIn(mergeWarden)).toEqual(['first', 'second']);
  });

  it('what is owed already keeps its place in a further account, too', async () => {
    const second = {
      archive: createMemoryPayloadArchive(),
      outbox: createMemoryOutboxStore({ clock }),
      presences: createMemoryPresenceStore(clock),
    };
    let isDead = false;
    const withSecond =
      (renew: MemoryPresenceStore['renew']): Change =>
      (given) => ({
        ...given,
        shards: {
          accounts: [{ name: '2', ...second, presences: { ...second.presences, renew }, probe: async () => {} }],
          namespaces: [],
          backlog: () => given.backlog,
        },
      });
    const alive = withSecond(second.presences.renew);
    const dying = createMemoryApp({
      beside: living,
      presences,
      wrap: withSecond((...renewed) => (isDead ? never() : second.presences.renew(...renewed))),
    });
    await dying.app.presence?.announce();
    const numbers = Array.from({ length: 50 }, (_, number) => number);
    const number = numbers.find((one) => shardOf(['', '2'], `octo-org/octo-repo/pull_request/${one}`) === 1) ?? 0;
    const { signal } = new AbortController();

    dying.queue.setFault({ kind: 'error', code: 'queue-full' }, mergeWarden.queue);
    await dying.github('pull_request', pullRequest(number, 1), { delivery: 'first' });
    const [listed] = (await second.outbox.list(undefined, signal)).records;
    const first = await second.outbox.read(listed?.name ?? '', signal);
    if (typeof first === 'string') throw new Error(first);
    const lease = await second.outbox.lease(first, signal);
    if (typeof lease === 'string') throw new Error(lease);
    await second.outbox.remove(lease, signal);
    await second.outbox.create({ ...first.record, orderedAt: '2026-01-01T00:00:30.000Z' }, signal);
    isDead = true;

    await pass(presenceSeconds + 30);
    const other = createMemoryApp({ beside: living, presences, wrap: alive });
    await other.drain();

    expect([...second.outbox.records().values()].map(({ orderedAt }) => orderedAt)).toEqual([
      '2026-01-01T00:00:30.000Z',
    ]);
  });
});
