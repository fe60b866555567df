import { describe, expect, it } from 'vitest';
import { createMemoryApp, type MemoryApp, mergeWarden } from '../../../support/memory-app.js';
import { settled } from '../../../support/until.js';

const records = 300;
const sessions = 100;

/** What calls take, in an order that looks random. */
const between = (leastMs: number, mostMs: number): (() => number) => {
  let seed = 1;
  return () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return leastMs + (seed % (mostMs - leastMs));
  };
};

/** Each call of a port is answered after a while, even when nobody waits for it any more. */
const slow = (port: object, { clock }: MemoryApp, takesMs: () => number, ended: () => void): void => {
  for (const [name, call] of Object.entries(port)) {
    if (typeof call !== 'function') continue;
    const delayed = async (...args: readonly unknown[]): Promise<unknown> => {
      await new Promise<void>((resolve) => void clock.startTimer(takesMs(), resolve));
      ended();
      return call(...args);
    };
    Object.assign(port, { [name]: delayed });
  }
};

/** Owed: so many events of so many pull requests. */
const owing = async (): Promise<MemoryApp> => {
  const app = createMemoryApp({
    environment: { QUEUE_UNAVAILABLE: 'defer', CircuitBreaker__serviceBus__failureThreshold: '1000' },
  });
  app.queue.setFault({ kind: 'error', code: 'unavailable' });
  for (let n = 0; n < records; n += 1) {
    const pullRequest = { action: 'opened', pull_request: { number: n % sessions }, repository: { full_name: 'o/r' } };
    await app.github('pull_request', pullRequest, { delivery: `event-${String(n).padStart(3, '0')}` });
  }
  app.queue.setFault(undefined);
  return app;
};

/** Runs the timer until nothing is owed, each run as soon as the last has ended; answers how many seconds that took. */
const secondsUntilDrained = async (app: MemoryApp): Promise<number> => {
  const startedMs = app.clock.monotonicMs();
  while (app.outbox.records().size > 0 && app.clock.monotonicMs() - startedMs < 3_600_000) {
    let isOver = false;
    void app.drain().then(() => {
      isOver = true;
    });
    while (!isOver) {
      await settled();
      app.clock.advance(100);
    }
  }
  return (app.clock.monotonicMs() - startedMs) / 1_000;
};

/** Puts every call of the drain's stores and queues behind `takesMs`. */
const slowDown = (app: MemoryApp, takesMs: (underWay: number) => number): void => {
  let underWay = 0;
  const begun = (): number => {
    underWay += 1;
    return takesMs(underWay);
  };
  const ended = (): void => {
    underWay -= 1;
  };
  const { list, lease, remember, remove, release } = app.outbox;
  const outbox = { list, lease, remember, remove, release };
  slow(outbox, app, begun, ended);
  Object.assign(app.outbox, outbox);
  for (const port of [{ read: app.archive.read }, { send: app.queue.send }]) {
    slow(port, app, begun, ended);
    Object.assign('read' in port ? app.archive : app.queue, port);
  }
};

describe('drain: dependencies that answer slowly', () => {
  it('many records are delivered side by side when that makes none of them slower', async () => {
    const app = await owing();
    slowDown(app, between(1_000, 3_000));

    const seconds = await secondsUntilDrained(app);

    expect(app.queue.messages(mergeWarden.queue)).toHaveLength(records);
    // One after the other they take 40 minutes.
    expect(seconds).toBeLessThan(400);
  });

  it('those that are slower, the more they are asked, are asked less, so that their calls end in time', async () => {
    const app = await owing();
    const tookMs: number[] = [];
    slowDown(app, (underWay) => {
      tookMs.push(underWay * 400);
      return underWay * 400;
    });

    await secondsUntilDrained(app);

    expect(app.queue.messages(mergeWarden.queue)).toHaveLength(records);
    expect(Math.max(...tookMs.slice(0, 100))).toBeGreaterThan(5_000);
    expect(Math.max(...tookMs.slice(100))).toBeLessThan(5_000);
  });
});
