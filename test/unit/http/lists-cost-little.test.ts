import { readFile } from 'node:fs/promises';
import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { createMemoryApp, type MemoryApp, notifier } from '../../support/memory-app.js';
import { callHandler, type Reply } from '../../support/post-webhook.js';
import { settled } from '../../support/until.js';

const adminToken = 'an-admin-token-for-tests';

/** Two instances on the same stores, with every call to them counted. */
const create = (queues?: readonly string[]) => {
  const calls: string[] = [];
  let [running, most] = [0, 0];
  const counting = <T extends object>(store: T, name: string, methods: readonly (keyof T & string)[]): T => {
    const counted = methods.map((method) => {
      const call: unknown = Reflect.get(store, method);
      const noted = async (...given: unknown[]): Promise<unknown> => {
        calls.push(`${name} ${method}`);
        running += 1;
        most = Math.max(most, running);
        const answer: unknown = await (typeof call === 'function' ? call(...given) : undefined);
        running -= 1;
        return answer;
      };
      return [method, noted] as const;
    });
    return { ...store, ...Object.fromEntries(counted) };
  };
  const memory = createMemoryApp({
    ...(queues !== undefined && { queues }),
    wrap: (dependencies) => ({
      ...dependencies,
      ...(dependencies.archiveIndex !== undefined && {
        archiveIndex: counting(dependencies.archiveIndex, 'index', ['list', 'read']),
      }),
      outbox: counting(dependencies.outbox, 'outbox', ['list', 'listDeadLetters', 'read', 'readDeadLetter']),
    }),
  });
  const other = createMemoryApp({ beside: memory });
  for (const { secrets } of [memory, other]) secrets.set('admin-token', adminToken);
  return {
    memory,
    other,
    /** How many calls were under way at once. */
    mostTogether: () => most,
    callsOf: async (work: () => Promise<unknown>): Promise<readonly string[]> => {
      calls.length = 0;
      await work();
      return calls.toSorted();
    },
  };
};

const look = ({ app }: MemoryApp): Promise<Reply> =>
  callHandler(
    app.listEvents,
    new HttpRequest({
      method: 'GET',
      url: 'http://localhost/api/events',
      headers: { authorization: `Bearer ${adminToken}` },
    }),
  );

const idsOf = ({ json }: Reply): readonly unknown[] => {
  const events: unknown = json?.['events'];
  return Array.isArray(events) ? events.map(({ id }) => id) : [];
};

const push = (memory: MemoryApp, delivery: string) =>
  memory.github('push', { ref: 'refs/heads/main', repository: { full_name: 'octo-org/octo-repo' } }, { delivery });

const untilWritten = ({ archiveIndex, clock }: MemoryApp, id: string, ms = 2_000): Promise<void> => {
  clock.advance(ms);
  return expect.poll(() => [...archiveIndex.parts().values()].join('')).toContain(`"${id}"`);
};

describe('who watches deliveries', () => {
  it('costs one listing of each store, however many watch', async () => {
    const { memory, callsOf } = create();
    await push(memory, 'first');
    await untilWritten(memory, 'first');
    memory.clock.advance(10_000);
    await look(memory);
    memory.clock.advance(10_000);

    const calls = await callsOf(() => Promise.all(Array.from({ length: 20 }, () => look(memory))));

    expect(calls).toEqual(['index list', 'outbox list', 'outbox listDeadLetters']);
  });

  it('sees at once what came to the same instance, without a look at storage', async () => {
    const { memory, callsOf } = create();
    await push(memory, 'first');
    await untilWritten(memory, 'first');
    await look(memory);

    const calls = await callsOf(async () => {
      await push(memory, 'second');
      expect(idsOf(await look(memory))).toEqual(['second', 'first']);
    });

    expect(calls).toEqual([]);
  });

  it('never makes an instance read what it wrote itself', async () => {
    const { memory, callsOf } = create();
    await look(memory);

    const calls = await callsOf(async () => {
      for (let n = 0; n < 5; n += 1) {
        await push(memory, `d-${n}`);
        await untilWritten(memory, `d-${n}`);
        expect(idsOf(await look(memory))[0]).toBe(`d-${n}`);
      }
    });

    expect(calls.filter((call) => call === 'index read')).toEqual(['index read']);
  });

  it('goes on to see it once it is written down', async () => {
    const { memory } = create();
    await push(memory, 'first');
    memory.clock.advance(1_500);
    await look(memory);

    await untilWritten(memory, 'first', 500);

    expect(idsOf(await look(memory))).toEqual(['first']);
  });

  it('sees what came to another instance a second after that has written it down', async () => {
    const { memory, other } = create();
    await push(other, 'first');
    await look(memory);
    await untilWritten(memory, 'first');

    expect(idsOf(await look(memory))).toEqual(['first']);
  });

  it('sees what came to another instance within three seconds, when it asks as often as the page does', async () => {
    const { memory, other } = create();
    const [, everyMs = ''] = /listEveryMs = ([\d_]+);/.exec(await readFile('console/main.ts', 'utf8')) ?? [];
    const askEvery = Number(everyMs.replaceAll('_', ''));
    const stepMs = 125;
    const sentAt = new Map<unknown, number>();
    const seenAt = new Map<unknown, number>();
    // Quiet at first, then busy: the moments of sending, writing and asking fall together in every way.
    const pauses = [...Array.from({ length: 8 }, () => 3_625), ...Array.from({ length: 60 }, () => 375)];
    let sendAtMs = 0;

    for (let nowMs = 0; pauses.length > 0 || seenAt.size < sentAt.size; nowMs += stepMs) {
      if (nowMs >= sendAtMs && pauses.length > 0) {
        sendAtMs = nowMs + (pauses.shift() ?? 0);
        sentAt.set(`d-${nowMs}`, nowMs);
        await push(other, `d-${nowMs}`);
      }
      if (nowMs % askEvery === 0) {
        for (const id of idsOf(await look(memory))) if (!seenAt.has(id)) seenAt.set(id, nowMs);
      }
      memory.clock.advance(stepMs);
      await settled();
    }

    const took = [...seenAt].map(([id, atMs]) => atMs - (sentAt.get(id) ?? 0));
    expect(took).toHaveLength(68);
    expect(Math.max(...took)).toBeLessThan(3_000);
  });

  it('reads what is owed once, as long as it stays as it is', async () => {
    const { memory, callsOf } = create([]);
    await push(memory, 'owed');
    memory.clock.advance(10_000);
    const first = await look(memory);
    expect(first.json).toMatchObject({ events: [{ outcome: 'owed', owed: [{ bot: notifier.name, attempts: 0 }] }] });
    memory.clock.advance(10_000);

    expect(await callsOf(() => look(memory))).not.toContain('outbox read');

    await memory.drain();
    memory.clock.advance(1_000);
    const changed = await look(memory);
    expect(changed.json).toMatchObject({ events: [{ outcome: 'owed', owed: [{ attempts: 1 }] }] });
  });

  it('reads what is owed side by side', async () => {
    const { memory, mostTogether } = create([]);
    for (let n = 0; n < 20; n += 1) await push(memory, `owed-${n}`);
    memory.clock.advance(10_000);

    await look(memory);

    expect(mostTogether()).toBeGreaterThanOrEqual(20);
  });

  it('sees within a second what this instance comes to owe', async () => {
    const { memory } = create([]);
    await look(memory);
    await push(memory, 'owed');
    memory.clock.advance(1_000);

    expect((await look(memory)).json).toMatchObject({ events: [{ id: 'owed', outcome: 'owed' }] });
  });
});
