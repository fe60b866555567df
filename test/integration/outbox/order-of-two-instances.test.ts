import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { QueueError } from '../../../src/routing/queue-error.js';
import { type Clock, systemClock } from '../../../src/time/clock.js';
import { eventIdIn } from '../../support/event-id-in.js';
import { mergeWarden } from '../../support/memory-app.js';
import { type Change, type Instance, type RealApp, startRealApp } from './real-app.js';

const slowness = 20;

/** Deadlines pass slowly, but for leaps: a busy machine may take longer than the 300 ms that a send waits for a look. */
class SlowClock implements Clock {
  #aheadMs = 0;

  leap(ms: number): void {
    this.#aheadMs += ms;
  }

  monotonicMs(): number {
    return systemClock.monotonicMs() / slowness + this.#aheadMs;
  }

  epochMs(): number {
    return systemClock.epochMs() + this.#aheadMs;
  }

  startTimer(delayMs: number, onElapsed: () => void): () => void {
    return systemClock.startTimer(delayMs * slowness, onElapsed);
  }
}

/** Real storage, real queues, and two instances that share nothing else. */
describe('delivery order: two instances', () => {
  let real: RealApp;
  /** Every test has a pull request of its own. */
  let tests = 0;

  beforeAll(async () => {
    real = await startRealApp({ CircuitBreaker__serviceBus__failureThreshold: '10000' });
  });

  beforeEach(() => {
    tests += 1;
  });

  afterAll(() => real?.close());

  const pullRequest = () => ({
    action: 'synchronize',
    pull_request: { number: tests },
    repository: { full_name: 'octo-org/octo-repo' },
  });

  const deliver = (instance: Instance, delivery: string) =>
    instance.github('pull_request', pullRequest(), `${tests}-${delivery}`);

  const held = async (): Promise<readonly string[]> =>
    (await real.messages(mergeWarden))
      .map(eventIdIn)
      .filter((id) => id.startsWith(`${tests}-`))
      .map((id) => id.slice(`${tests}-`.length));

  /** The ordered bot's queue is full for this instance while `full` says so. */
  const whileFull =
    (full: () => boolean, clock: SlowClock = new SlowClock()): Change =>
    (dependencies) => ({
      ...dependencies,
      clock,
      queue: {
        send: (queue, message, signal) =>
          full() && queue === mergeWarden.queue
            ? Promise.reject(new QueueError('queue-full', 'Fails on purpose'))
            : dependencies.queue.send(queue, message, signal),
      },
    });

  it('what one owes is not overtaken by the other five seconds later, nor by itself at once', async () => {
    let full = true;
    const clock = new SlowClock();
    const one = real.start(whileFull(() => full));
    const other = real.start(whileFull(() => false, clock));
    await deliver(other, 'before');
    await deliver(one, 'opened');
    full = false;
    await deliver(one, 'edited');
    clock.leap(5_000);

    const reply = await deliver(other, 'closed');

    expect(reply.json).toMatchObject({ status: 'accepted', degraded: ['bot:merge-warden'] });
    await Promise.all([one.drain(), other.drain()]);
    await one.drain();
    expect(await held()).toEqual(['before', 'opened', 'edited', 'closed']);
    clock.leap(5_000);
    expect((await deliver(other, 'reopened')).json).toMatchObject({ degraded: [] });
    expect((await held()).at(-1)).toBe('reopened');
  });

  it('faults come and go on both, both drain beside it, and the session arrives in order', async () => {
    const full = [false, false];
    const clocks = [new SlowClock(), new SlowClock()];
    const instances = clocks.map((clock, index) => real.start(whileFull(() => full[index] === true, clock)));
    const expected: string[] = [];
    for (let step = 0; step < 40; step += 1) {
      const index = step % 5 < 3 ? 0 : 1;
      full[index] = step % 4 === 1;
      const instance = instances[index];
      if (instance === undefined) throw new Error('No such instance');
      expected.push(`step-${step}`);
      const draining = step % 7 === 3 ? Promise.all(instances.map((each) => each.drain())) : undefined;
      expect((await deliver(instance, `step-${step}`)).status).toBe(202);
      await draining;
      for (const clock of clocks) clock.leap(5_000);
    }
    full.fill(false);
    for (let run = 0; run < 5; run += 1) await Promise.all(instances.map((each) => each.drain()));

    expect(await held()).toEqual(expected);
  });
});
