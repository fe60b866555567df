import { beforeEach, describe, expect, it } from 'vitest';
import { coalesced } from '../../../src/consumer/coalesced.js';
import { type Bot, burstQueueOf } from '../../../src/routing/bot.js';
import { eventIdIn } from '../../support/event-id-in.js';
import { createMemoryApp, type MemoryApp } from '../../support/memory-app.js';

const every: Bot = { name: 'every', queue: 'bot-every', events: ['github.push'], ordered: true, orderBy: 'entity' };
const latest: Bot = {
  ...every,
  name: 'latest',
  queue: 'bot-latest',
  coalesce: { quietSeconds: 30, maxWaitSeconds: 300 },
};

const push = (n: number, branch = 'main') => ({
  ref: `refs/heads/${branch}`,
  after: String(n),
  repository: { full_name: 'octo-org/octo-repo' },
});

let app: MemoryApp;

const messages = (bot: Bot) => app.queue.messages(bot.queue);

const pushes = async (count: number, branch?: string): Promise<readonly string[]> => {
  const ids = Array.from({ length: count }, (_, n) => `${branch ?? 'main'}-${n}`);
  for (const [n, delivery] of ids.entries()) {
    app.clock.advance(100);
    await app.github('push', push(n, branch), { delivery });
  }
  return ids;
};

beforeEach(() => {
  app = createMemoryApp({ bots: [every, latest] });
});

describe('a bot with coalesce', () => {
  it('gets one message for 200 pushes to a branch: the latest, in its session, which names all; another bot gets each, in order', async () => {
    const ids = await pushes(200);
    await app.drain();
    const before = messages(latest).length;
    app.clock.advance(31_000);
    await app.drain();

    const [message, ...others] = messages(latest);
    expect(before).toBe(0);
    expect(others).toEqual([]);
    expect(message && eventIdIn(message)).toBe(ids.at(-1));
    expect(message && coalesced(message)).toEqual({ count: 200, ids });
    expect(message?.sessionId).toBe(messages(every)[0]?.sessionId);
    expect(messages(every).map(eventIdIn)).toEqual(ids);
    expect(messages(every)[0] && coalesced(messages(every)[0] ?? {})).toBeUndefined();
  });

  it('gets one for each session', async () => {
    await pushes(5);
    await pushes(3, 'next');
    app.clock.advance(31_000);
    await app.drain();

    expect(messages(latest).map((message) => coalesced(message)?.count)).toEqual([5, 3]);
  });

  it('gets it later while its queue takes nothing, and the sender is told that all is well', async () => {
    app.queue.setFault({ kind: 'error', code: 'queue-full' }, latest.queue);
    const reply = await app.github('push', push(1), { delivery: 'one' });
    app.clock.advance(31_000);
    await app.drain();
    app.queue.setFault(undefined, latest.queue);
    app.clock.advance(31_000);
    await app.drain();

    expect(reply).toMatchObject({ status: 202, json: { routedTo: ['every', 'latest'] } });
    expect(messages(latest).map(eventIdIn)).toEqual(['one']);
    expect(app.lines.filter(({ event }) => event === 'bursts.sent')).toMatchObject([
      { bot: 'latest', sent: 0, failed: 1 },
      { bot: 'latest', sent: 1, failed: 0 },
    ]);
  });

  it('is owed what could not be scheduled, and gets it in its burst', async () => {
    app.queue.setFault({ kind: 'error', code: 'unavailable' }, burstQueueOf(latest.queue));
    await app.github('push', push(1), { delivery: 'owed' });
    app.queue.setFault(undefined, burstQueueOf(latest.queue));
    for (let run = 0; run < 4; run += 1) {
      app.clock.advance(31_000);
      await app.drain();
    }

    expect(messages(latest).map((message) => coalesced(message)?.ids)).toEqual([['owed']]);
  });

  it('two instances end a burst once', async () => {
    const other = createMemoryApp({ bots: [every, latest], beside: app });
    await pushes(10);
    app.clock.advance(31_000);
    await Promise.all([app.drain(), other.drain()]);

    expect(messages(latest)).toHaveLength(1);
  });

  it('a delivery that its sender repeats is no further event', async () => {
    await app.github('push', push(1), { delivery: 'one' });
    app.clock.advance(31_000);
    await app.drain();
    await app.github('push', push(1), { delivery: 'one' });
    app.clock.advance(31_000);
    await app.drain();

    expect(messages(latest)).toHaveLength(1);
  });
});
