import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Dependencies } from '../../../src/composition/dependencies.js';
import type { Bot } from '../../../src/routing/bot.js';
import { QueueError } from '../../../src/routing/queue-error.js';
import { eventIdIn } from '../../support/event-id-in.js';
import { LeapingClock } from '../../support/leaping-clock.js';
import { mergeWarden, notifier } from '../../support/memory-app.js';
import type { Reply } from '../../support/post-webhook.js';
import { type Change, type Instance, type RealApp, startRealApp, withoutServiceBus } from './real-app.js';

const pullRequest = (number: number) => ({
  action: 'opened',
  pull_request: { number },
  repository: { full_name: 'octo-org/octo-repo' },
});

type Store = 'archive' | 'outbox' | 'queue';

/** The first call of one method: the instance is dead before it begins, or as soon as it has ended. */
interface CrashPoint {
  readonly store: Store;
  readonly method: string;
  readonly when: 'before' | 'after';
}

const forever = new Promise<never>(() => {});

type Method = (...args: readonly unknown[]) => Promise<unknown>;

const isMethod = (value: unknown): value is Method => typeof value === 'function';

/** The ordered bot has no queue. */
const withoutQueue: Change = (dependencies) => ({
  ...dependencies,
  queue: {
    send: (queue, message, signal) =>
      queue === mergeWarden.queue
        ? Promise.reject(new QueueError('queue-missing', 'Fails on purpose'))
        : dependencies.queue.send(queue, message, signal),
  },
});

/** The same, when a copy that is owed is old enough to be given up. */
const fourDaysLater: Change = (dependencies) => {
  const clock = new LeapingClock();
  clock.leap(4 * 86_400_000);
  return { ...withoutQueue(dependencies), clock };
};

interface Killing {
  readonly change: Change;
  /** Resolves at the moment of death, once what it had begun elsewhere has reached the services. */
  readonly dead: Promise<void>;
}

/** A process killed at a point: from then on none of its calls has any effect, and none is ever answered. */
const killedAt = ({ store, method, when }: CrashPoint): Killing => {
  const death = Promise.withResolvers<void>();
  const underWay = new Set<Promise<unknown>>();
  let dead = false;
  const die = (): void => {
    dead = true;
    death.resolve();
  };
  const mortal = <T extends object>(name: Store, port: T): T =>
    new Proxy(port, {
      get(target, property, receiver) {
        const value: unknown = Reflect.get(target, property, receiver);
        if (!isMethod(value)) return value;
        return async (...args: readonly unknown[]): Promise<unknown> => {
          const here = name === store && property === method;
          if (here && when === 'before') die();
          if (dead) return forever;
          const call = value.apply(target, [...args]);
          underWay.add(call);
          const result = await call.finally(() => underWay.delete(call));
          if (here) die();
          return dead ? forever : result;
        };
      },
    });
  const change: Change = (dependencies: Dependencies) => ({
    ...dependencies,
    archive: mortal('archive', dependencies.archive),
    outbox: mortal('outbox', dependencies.outbox),
    queue: mortal('queue', dependencies.queue),
  });
  return { change, dead: death.promise.then(() => Promise.allSettled(underWay)).then(() => {}) };
};

describe('crash points', () => {
  let real: RealApp;
  /** Every test has a pull request of its own, so that they can share what they run on. */
  let tests = 0;

  beforeAll(async () => {
    real = await startRealApp();
  });

  beforeEach(() => {
    tests += 1;
  });

  afterAll(() => real?.close());

  /** Lets an instance die at its crash point. */
  const dieAt = async (
    point: CrashPoint,
    work: (instance: Instance) => Promise<unknown>,
    before: Change = (dependencies) => dependencies,
  ): Promise<void> => {
    const { change, dead } = killedAt(point);
    const dying = real.start((dependencies) => change(before(dependencies)));
    await dying.app.presence?.announce();
    void work(dying);
    await dead;
  };

  const deliver = (instance: Instance, delivery = 'one') =>
    instance.github('pull_request', pullRequest(tests), `${tests}-${delivery}`);

  /** As a sender does whose event is not archived in time for the reply, which happens on a busy machine. */
  const deliverUntilArchived = async (): Promise<Reply> => {
    let reply = await deliver(real.start());
    while (reply.json?.['archived'] !== true) reply = await deliver(real.start());
    return reply;
  };

  const defer = async (...deliveries: readonly string[]): Promise<void> => {
    const instance = real.start(withoutServiceBus);
    for (const delivery of deliveries) {
      while ((await deliver(instance, delivery)).json?.['status'] !== 'deferred');
    }
  };

  /** As the timer does it: where a call is not answered in time, another run does the rest. */
  const drainAll = (instance = real.start()): Promise<void> =>
    expect
      .poll(async () => {
        await instance.drain();
        return real.names('webhook-outbox');
      })
      .toEqual([]);

  /** The deliveries of this test that a bot's queue holds, oldest first. */
  const heldBy = async (bot: Bot): Promise<readonly string[]> =>
    (await real.messages(bot))
      .map((message) => eventIdIn(message).split('-'))
      .filter(([test]) => test === String(tests))
      .map(([, delivery = '']) => delivery);

  const expectHeld = async (...deliveries: readonly string[]): Promise<void> => {
    expect(await heldBy(mergeWarden)).toEqual(deliveries);
    expect((await heldBy(notifier)).toSorted()).toEqual(deliveries);
  };

  it('killed after archive before route: nothing was acknowledged, and the redelivery completes it', async () => {
    await dieAt({ store: 'queue', method: 'send', when: 'before' }, deliver);
    await expect.poll(() => real.names('webhook-payloads')).toHaveLength(1);

    const reply = await deliverUntilArchived();

    expect(reply.json).toMatchObject({ status: 'accepted', archived: true, duplicate: true });
    await expectHeld('one');
  });

  it('killed after route before reply: the redelivery is dropped by the queues, as it has the same message id', async () => {
    await dieAt({ store: 'archive', method: 'put', when: 'after' }, deliver);

    const reply = await deliverUntilArchived();

    expect(reply.json).toMatchObject({ status: 'accepted', duplicate: true });
    await expectHeld('one');
  });

  it('killed between outbox write and reply: the record is delivered all the same, and the redelivery adds nothing', async () => {
    await dieAt({ store: 'outbox', method: 'create', when: 'after' }, deliver, withoutServiceBus);
    expect((await deliver(real.start(withoutServiceBus))).json).toMatchObject({ status: 'deferred' });
    expect(await real.names('webhook-outbox')).toHaveLength(1);

    await drainAll();

    await expectHeld('one');
  });

  it.each([
    ['with the lease, before sending', { store: 'outbox', method: 'lease', when: 'after' }],
    ['after sending, before the record is removed', { store: 'outbox', method: 'remove', when: 'before' }],
    ['after the record is removed', { store: 'outbox', method: 'remove', when: 'after' }],
  ] as const)('killed in the middle of a drain, %s: another instance delivers the rest, nothing twice', async (_, point) => {
    await defer('a', 'b', 'c', 'd');
    await dieAt(point, (dying) => dying.drain());

    await real.endLeases();
    await drainAll();

    await expectHeld('a', 'b', 'c', 'd');
    expect(await real.names('webhook-dead-letters')).toEqual([]);
  });

  it.each([
    ['before the dead letter', { store: 'outbox', method: 'deadLetter', when: 'before' }],
    ['between dead letter and record', { store: 'outbox', method: 'deadLetter', when: 'after' }],
  ] as const)('killed in the middle of giving up a copy, %s: it is given up once', async (_, point) => {
    await defer('a');
    const lettersBefore = (await real.names('webhook-dead-letters')).length;
    for (let run = 0; run < 2; run += 1) await real.start(fourDaysLater).drain();
    await dieAt(point, (dying) => dying.drain(), fourDaysLater);

    await real.endLeases();
    await drainAll(real.start(fourDaysLater));

    expect(await heldBy(notifier)).toEqual(['a']);
    expect(await real.names('webhook-dead-letters')).toHaveLength(lettersBefore + 1);
  });

  it('the lease of a dead instance holds up its own session only, and not for ever', async () => {
    await defer('a', 'b');
    await dieAt({ store: 'outbox', method: 'lease', when: 'after' }, (dying) => dying.drain());

    const second = real.start();
    await second.drain();
    expect(second.lines.filter(({ event }) => event === 'outbox.drained')).toContainEqual(
      expect.objectContaining({ taken: 1 }),
    );
    await real.endLeases();
    await drainAll(second);

    await expectHeld('a', 'b');
  });
});
