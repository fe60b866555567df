import { HttpRequest } from '@azure/functions';
import { beforeEach, expect, it } from 'vitest';
import { createBurstFigures } from '../../../src/coalescing/burst-figures.js';
import type { Bot } from '../../../src/routing/bot.js';
import { ManualClock } from '../../support/manual-clock.js';
import { createMemoryApp, type MemoryApp } from '../../support/memory-app.js';
import { callHandler } from '../../support/post-webhook.js';

const every: Bot = { name: 'every', queue: 'bot-every', events: ['github.push'], ordered: true, orderBy: 'entity' };
const latest: Bot = {
  ...every,
  name: 'latest',
  queue: 'bot-latest',
  coalesce: { quietSeconds: 30, maxWaitSeconds: 300 },
};

let app: MemoryApp;

const push = (branch: string, n: number) =>
  app.github(
    'push',
    { ref: `refs/heads/${branch}`, after: String(n), repository: { full_name: 'octo-org/octo-repo' } },
    { delivery: `${branch}-${n}` },
  );

const ask = async (name: 'deepHealth' | 'metrics') =>
  callHandler(app.app[name], new HttpRequest({ method: 'GET', url: 'http://localhost/api' }));

const burstsIn = async () => {
  const { json } = await ask('deepHealth');
  const { bursts, checks } = Object(json);
  return { bursts, check: checks.bursts };
};

beforeEach(() => {
  app = createMemoryApp({ bots: [every, latest] });
});

it('bursts that wait are in health and metrics, and those that nobody sends on make it degraded', async () => {
  for (let n = 0; n < 3; n += 1) await push('main', n);
  await push('next', 1);
  const waiting = await burstsIn();
  app.clock.advance(30_000 + 16 * 60_000);
  const stuck = await burstsIn();
  const metrics = (await ask('metrics')).body;
  await app.drain();
  const sent = await burstsIn();

  expect(waiting).toMatchObject({
    bursts: { pending: 2, oldestSeconds: 0, copies: { latest: 2 } },
    check: { healthy: true },
  });
  expect(stuck).toMatchObject({ bursts: { pending: 2, oldestSeconds: 960 }, check: { healthy: false } });
  expect(metrics).toContain('breakwater_waiting{store="bursts",instance_id="test"} 2');
  expect(metrics).toContain('breakwater_waiting_oldest_seconds{store="bursts",instance_id="test"} 960');
  expect(sent).toMatchObject({ bursts: { pending: 0, oldestSeconds: 0 }, check: { healthy: true } });
});

it('without a bot that coalesces nothing is said of them', async () => {
  app = createMemoryApp({ bots: [every] });

  expect(await burstsIn()).toEqual({ bursts: undefined, check: undefined });
  expect((await ask('metrics')).body).not.toContain('store="bursts"');
});

it('a queue that does not answer within a second leaves the figures unknown, and one whose breaker is open is not asked', async () => {
  const clock = new ManualClock();
  let asked = 0;
  const counted = (isHealthy: boolean) => ({
    bot: 'latest',
    burstQueue: 'bot-latest-bursts',
    circuit: { isHealthy },
    source: {
      count: (_queue: string, signal: AbortSignal) => {
        asked += 1;
        return new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('Late'))));
      },
    },
  });

  const hanging = createBurstFigures([counted(true)], clock)();
  clock.advance(1_000);
  const open = createBurstFigures([counted(false)], clock)();

  expect([await hanging, await open]).toEqual(Array(2).fill({ pending: null, oldestSeconds: null }));
  expect(asked).toBe(1);
});
