import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HeldSession } from '../../../src/coalescing/burst-source.js';
import { coalescingQueue } from '../../../src/coalescing/coalescing-queue.js';
import { createDrainBursts } from '../../../src/coalescing/drain-bursts.js';
import { type Bot, burstQueueOf } from '../../../src/routing/bot.js';
import type { QueueMessage } from '../../../src/routing/event-queue.js';
import { QueueError } from '../../../src/routing/queue-error.js';
import type { GuardedSend } from '../../../src/routing/route-event.js';
import { ManualClock } from '../../support/manual-clock.js';
import { createMemoryBurstSource } from '../../support/memory/burst-source.js';
import { createMemoryEventQueue } from '../../support/memory/event-queue.js';

const coalesce = { quietSeconds: 30, maxWaitSeconds: 300 };
const ordinary: Bot = { name: 'every', queue: 'every', events: ['*'], ordered: true, orderBy: 'entity' };
const latest: Bot = { ...ordinary, name: 'latest', queue: 'latest', coalesce };
const never = new AbortController().signal;
const dayMs = 86_400_000;

/** One thing that happens: some time passes, and an event comes, or a run of the timer that is killed after so many steps. */
type Step =
  | { readonly kind: 'event'; readonly session: number; readonly afterS: number }
  | { readonly kind: 'run'; readonly afterS: number; readonly diesAfter: number | undefined; readonly isDone: boolean };

const event = fc.record({
  kind: fc.constant('event' as const),
  session: fc.nat({ max: 2 }),
  afterS: fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 40 })),
});
const run = (diesAfter: fc.Arbitrary<number | undefined>) =>
  fc.record({ kind: fc.constant('run' as const), afterS: fc.nat({ max: 20 }), diesAfter, isDone: fc.boolean() });
const unharmed = fc.array(fc.oneof({ weight: 3, arbitrary: event }, run(fc.constant(undefined))), { maxLength: 80 });
const withKills = fc.array(
  fc.oneof({ weight: 3, arbitrary: event }, run(fc.option(fc.nat({ max: 12 }), { nil: undefined }))),
  {
    maxLength: 80,
  },
);

interface Arrived {
  readonly id: string;
  readonly session: string;
  readonly atMs: number;
}

interface Sent {
  readonly session: string;
  readonly newest: string;
  readonly ids: readonly string[];
  readonly count: number;
  readonly atMs: number;
}

const messageOf = ({ id, session }: Arrived): QueueMessage => ({
  body: Buffer.from(JSON.stringify({ specversion: '1.0', id })),
  messageId: `github:${id}`,
  sessionId: session,
  correlationId: id,
  subject: 'github.push',
  contentType: 'application/cloudevents+json',
  applicationProperties: { type: 'github.push' },
});

const idIn = ({ body }: QueueMessage): string => String(JSON.parse(body.toString()).id);

/** A process that works until it has made so many steps: the last one may still have been done, but nobody hears of it. */
const createLife = (diesAfter: number | undefined, isDone: boolean) => {
  let left = diesAfter ?? Number.POSITIVE_INFINITY;
  return {
    get isDead() {
      return left < 0;
    },
    step: async <T>(work: () => Promise<T>): Promise<T> => {
      left -= 1;
      if (left >= 0) return work();
      if (left === -1 && isDone) await work();
      throw new QueueError('unavailable', 'Killed');
    },
  };
};

const play = async (steps: readonly Step[]) => {
  const clock = new ManualClock();
  const raw = createMemoryEventQueue({ duplicateWindow: { ms: dayMs, clock } });
  const queue = coalescingQueue(raw, [ordinary, latest], clock);
  const source = createMemoryBurstSource((name) => raw.messages(name), clock);
  const arrived: Arrived[] = [];
  const sentAtMs: number[] = [];

  const drain = async (diesAfter?: number, isDone = false): Promise<void> => {
    const life = createLife(diesAfter, isDone);
    const alive = (session: HeldSession): HeldSession => ({
      sessionId: session.sessionId,
      waiting: (signal) => life.step(() => session.waiting(signal)),
      readState: (signal) => life.step(() => session.readState(signal)),
      writeState: (state, signal) => life.step(() => session.writeState(state, signal)),
      // One after another, so that a kill may come between any two.
      complete: async (count, signal) => {
        for (let done = 0; done < count; done += 1) await life.step(() => session.complete(1, signal));
      },
      close: async () => {
        if (!life.isDead) await session.close();
      },
    });
    const attempt = async <T>(work: () => Promise<T>) => {
      try {
        return { ok: true, value: await work() } as const;
      } catch (cause) {
        if (!(cause instanceof QueueError)) throw cause;
        return { ok: false, error: { kind: 'operation-failed', breaker: 'service-bus', cause } } as const;
      }
    };
    const send: GuardedSend = (name, message) =>
      attempt(() =>
        life.step(async () => {
          const before = raw.messages(name).length;
          await raw.send(name, message, never);
          if (raw.messages(name).length > before) sentAtMs.push(clock.epochMs());
        }),
      );
    await createDrainBursts({
      bots: [{ ...latest, coalesce }],
      source: {
        count: source.count,
        next: (name, signal) =>
          life.step(async () => {
            const session = await source.next(name, signal);
            return session && alive(session);
          }),
      },
      serviceBus: { isHealthy: true, call: (work) => attempt(() => work(never)) },
      send,
      clock,
      log: { write: () => {} },
    })(Number.POSITIVE_INFINITY);
  };

  for (const step of steps) {
    clock.advance(step.afterS * 1_000);
    if (step.kind === 'run') {
      await drain(step.diesAfter, step.isDone);
      continue;
    }
    const one = { id: `e${arrived.length}`, session: `s${step.session}`, atMs: clock.epochMs() };
    arrived.push(one);
    for (const { queue: name } of [ordinary, latest]) await queue.send(name, messageOf(one), never);
  }
  // Then the timer runs as it does, until all locks and quiet times are over.
  for (let runs = 0; runs < 16; runs += 1) {
    clock.advance(10_000);
    await drain();
  }
  const sent = raw.messages(latest.queue).map((message, place): Sent => {
    const { coalescedids = '[]', coalescedcount = '0' } = message.applicationProperties;
    const ids: string[] = JSON.parse(coalescedids);
    const session = message.sessionId ?? '';
    return { session, newest: idIn(message), ids, count: Number(coalescedcount), atMs: sentAtMs[place] ?? 0 };
  });
  return { arrived, sent, every: raw.messages(ordinary.queue), left: source.waiting(burstQueueOf(latest.queue)) };
};

const number = (id: string): number => Number(id.slice(1));

describe('coalescing', () => {
  it('with kills between any two steps: each event is stood for, the newest of each session is the last word, and nothing is left', async () => {
    await fc.assert(
      fc.asyncProperty(withKills, async (steps) => {
        const { arrived, sent, left } = await play(steps);

        const stoodFor = new Set(sent.flatMap(({ ids }) => ids));
        expect(arrived.filter(({ id }) => !stoodFor.has(id))).toEqual([]);
        for (const session of new Set(arrived.map((one) => one.session))) {
          const newest = arrived.findLast((one) => one.session === session)?.id;
          expect(sent.findLast((one) => one.session === session)?.newest).toBe(newest);
        }
        expect(left).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('without a kill: each event is stood for once, and in order', async () => {
    await fc.assert(
      fc.asyncProperty(unharmed, async (steps) => {
        const { arrived, sent } = await play(steps);

        const all = sent.flatMap(({ ids }) => ids);
        expect(all.toSorted((one, other) => number(one) - number(other))).toEqual(arrived.map(({ id }) => id));
        for (const { ids, newest, count } of sent) {
          expect(ids.at(-1)).toBe(newest);
          expect(ids).toHaveLength(count);
          expect(ids).toEqual(ids.toSorted((one, other) => number(one) - number(other)));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('bursts that are further apart than the quiet time become one message each, once the timer runs every ten seconds', async () => {
    const burst = fc.record({ size: fc.integer({ min: 1, max: 25 }), gapS: fc.nat({ max: 9 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(burst, { maxLength: 4 }), async (bursts) => {
        const between: Step[] = Array.from({ length: 7 }, () => ({
          kind: 'run',
          afterS: 10,
          diesAfter: undefined,
          isDone: false,
        }));
        const steps = bursts.flatMap(({ size, gapS }): Step[] => [
          ...Array.from({ length: size }, (): Step[] => [
            { kind: 'event', session: 0, afterS: gapS },
            { kind: 'run', afterS: 0, diesAfter: undefined, isDone: false },
          ]).flat(),
          ...between,
        ]);
        const { sent } = await play(steps);

        expect(sent.map(({ count }) => count)).toEqual(bursts.map(({ size }) => size));
      }),
      { numRuns: 60 },
    );
  });

  it('a session that never rests gets a message before its first event has waited for too long', async () => {
    const steps = Array.from({ length: 400 }, (_, n): Step[] => [
      { kind: 'event', session: 0, afterS: 4 },
      ...(n % 2 === 0 ? [{ kind: 'run', afterS: 1, diesAfter: undefined, isDone: false } as const] : []),
    ]).flat();
    const { arrived, sent } = await play(steps);
    const atMs = new Map(arrived.map((one) => [one.id, one.atMs]));
    const waits = sent.map((one) => one.atMs - (atMs.get(one.ids[0] ?? '') ?? 0));

    expect(Math.max(...waits)).toBeLessThanOrEqual((coalesce.maxWaitSeconds + 10) * 1_000);
    expect(sent.length).toBeLessThan(arrived.length / 30);
  });

  it('a bot that wants every event gets every one, in the order in which they came', async () => {
    await fc.assert(
      fc.asyncProperty(withKills, async (steps) => {
        const { arrived, every } = await play(steps);

        expect(every.map(idIn)).toEqual(arrived.map(({ id }) => id));
      }),
      { numRuns: 50 },
    );
  });
});
