import { describe, expect, it } from 'vitest';
import { eventIdIn } from '../../../support/event-id-in.js';
import { createMemoryApp, type MemoryApp, type MemoryAppOptions, notifier } from '../../../support/memory-app.js';
import { settled } from '../../../support/until.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const start = (options: MemoryAppOptions = {}): MemoryApp =>
  createMemoryApp({
    bots: [notifier],
    ...options,
    environment: { CircuitBreaker__serviceBus__failureThreshold: '1000', ...options.environment },
  });

/** What each send brings, also what a queue would drop as a repeat. */
const watch = ({ queue }: MemoryApp): string[] => {
  const sends: string[] = [];
  const { send } = queue;
  Object.assign(queue, {
    send: (...args: Parameters<typeof send>) => {
      sends.push(eventIdIn(args[1]));
      return send(...args);
    },
  });
  return sends;
};

const star = (app: MemoryApp, delivery: string, action = 'created') => app.github('star', { action }, { delivery });

const owe = async (app: MemoryApp, delivery: string): Promise<void> => {
  app.queue.setFault({ kind: 'error', code: 'unavailable' });
  expect((await star(app, delivery)).status).toBe(503);
  app.queue.setFault(undefined);
};

describe('delivered copies', () => {
  it.each([
    ['an hour', hourMs],
    ['a day', dayMs],
    ['eight days', 8 * dayMs],
  ])('a sender that repeats %s later what the outbox delivered brings it no second time', async (_, laterMs) => {
    const app = start();
    await owe(app, 'once');
    await app.drain();
    app.clock.advance(laterMs);
    const sends = watch(app);

    const reply = await star(app, 'once');

    expect(reply).toMatchObject({ status: 202, json: { status: 'accepted', routedTo: ['notifier'] } });
    expect(sends).toEqual([]);
  });

  it('another instance, also one that has just started, knows it too', async () => {
    const one = start();
    await owe(one, 'once');
    await one.drain();
    one.clock.advance(dayMs);
    const sends = watch(one);

    await star(start({ beside: one }), 'once');

    expect(sends).toEqual([]);
  });

  it('an instance that was there all along knows it a minute later', async () => {
    const one = start();
    const other = start({ beside: one });
    await star(other, 'first');
    await owe(one, 'once');
    await one.drain();
    one.clock.advance(61_000);
    await star(other, 'second');
    const sends = watch(one);

    await star(other, 'once');

    expect(sends).toEqual([]);
  });

  it('an instance that had nothing to send for a day knows it at once', async () => {
    const one = start();
    const other = start({ beside: one });
    await star(other, 'first');
    await owe(one, 'once');
    await one.drain();
    one.clock.advance(dayMs);
    const sends = watch(one);

    await star(other, 'once');

    expect(sends).toEqual([]);
  });

  it('other bytes under the same id are another event', async () => {
    const app = start();
    await owe(app, 'same-id');
    await app.drain();
    const sends = watch(app);

    await star(app, 'same-id', 'deleted');

    expect(sends).toEqual(['same-id']);
  });

  it('an event that was never owed costs no call of its own', async () => {
    const app = start();
    const calls: string[] = [];
    for (const name of ['list', 'listDelivered', 'remember', 'read'] as const) {
      const call: (...args: never[]) => unknown = app.outbox[name];
      Object.assign(app.outbox, {
        [name]: (...args: never[]) => {
          calls.push(name);
          return call(...args);
        },
      });
    }

    for (let n = 0; n < 50; n += 1) await star(app, `event-${n}`);

    expect(calls).toEqual(['listDelivered']);
  });

  it('is remembered before its record is removed, so that a kill between the two forgets nothing', async () => {
    const app = start();
    await owe(app, 'once');
    const { remove } = app.outbox;
    let remembered = 0;
    Object.assign(app.outbox, {
      remove: (...args: Parameters<typeof remove>) => {
        remembered = app.outbox.delivered().length;
        return remove(...args);
      },
    });

    await app.drain();

    expect(remembered).toBe(1);
  });

  it('what cannot be remembered keeps its record, and is not sent again', async () => {
    const app = start();
    await owe(app, 'once');
    const sends = watch(app);
    app.outbox.setFault({ kind: 'error', code: 'refused' }, 'remember');
    await app.drain();
    expect(app.outbox.records().size).toBe(1);
    app.outbox.setFault(undefined, 'remember');
    app.clock.advance(hourMs);

    await app.drain();

    expect(sends).toEqual(['once']);
    expect(app.outbox.records().size).toBe(0);
    expect(app.outbox.delivered()).toHaveLength(1);
  });

  it('storage that hangs holds the first events up for 300 ms at the most', async () => {
    const app = start();
    app.outbox.setFault({ kind: 'hang' }, 'listDelivered');
    const first = star(app, 'first');
    await settled();
    app.clock.advance(300);
    await first;

    expect((await star(app, 'second')).json).toMatchObject({ routedTo: ['notifier'] });
  });

  it('an instance that started while storage hung knows it two minutes later', async () => {
    const one = start();
    await owe(one, 'once');
    await one.drain();
    one.clock.advance(dayMs);
    const other = start({ beside: one });
    one.outbox.setFault({ kind: 'hang' }, 'listDelivered');
    const first = star(other, 'first');
    await settled();
    one.clock.advance(300);
    await first;
    one.clock.advance(60_000);
    await settled();
    one.outbox.setFault(undefined, 'listDelivered');
    one.clock.advance(1_000);
    await star(other, 'second');
    await settled();
    const sends = watch(one);

    await star(other, 'once');

    expect(sends).toEqual([]);
  });
});
