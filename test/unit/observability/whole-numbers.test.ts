import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { answerTo } from '../../support/answer-to.js';
import { createMemoryApp, type MemoryApp, testSecret } from '../../support/memory-app.js';
import { callHandler } from '../../support/post-webhook.js';

/** Means, shares and what is set as one; no other number that people read has a fraction. */
const fractions = new Set(['successRate', 'failureRate', 'averageResponseTimeMs', 'responseTimesMs', 'coolDownGrowth']);

const broken = (value: unknown, path: string): readonly string[] => {
  if (typeof value === 'number') return Number.isInteger(value) ? [] : [`${path}: ${value}`];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => (fractions.has(name) ? [] : broken(each, `${path}.${name}`)));
};

const push = (memory: MemoryApp, delivery: string) =>
  answerTo(
    memory,
    memory.github('push', { ref: 'refs/heads/main', repository: { full_name: 'octo-org/octo-repo' } }, { delivery }),
  );

/** Its monotonic clock never stands at a whole millisecond, as that of a real process. */
const troubled = async () => {
  const environment = {
    CircuitBreaker__serviceBus__coolDownGrowth: '1.7',
    CircuitBreaker__serviceBus__maxCoolDownMs: '100000',
  };
  const memory = createMemoryApp({
    environment,
    wrap: ({ clock, ...dependencies }) => ({
      ...dependencies,
      clock: {
        monotonicMs: () => clock.monotonicMs(),
        epochMs: () => Math.floor(clock.epochMs()),
        startTimer: (delayMs, onElapsed) => clock.startTimer(delayMs, onElapsed),
      },
    }),
  });
  const replies: unknown[] = [];
  const tick = (ms: number): void => memory.clock.advance(ms + 0.377);
  const send = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) {
      const { json } = await push(memory, `d-${replies.length}`);
      replies.push(json);
      tick(20);
    }
  };
  const drain = async (): Promise<void> => {
    await memory.drain();
    tick(30_000);
  };
  tick(0);
  await send(2);
  memory.queue.setFault({ kind: 'error', code: 'unavailable' });
  await send(7);
  memory.archive.setFault({ kind: 'error', code: 'unavailable' });
  memory.outbox.setFault({ kind: 'error', code: 'unavailable' });
  await send(7);
  await drain();
  memory.archive.setFault(undefined);
  memory.outbox.setFault(undefined);
  await drain();
  await send(1);
  memory.queue.setFault(undefined);
  for (let run = 0; run < 5; run += 1) await drain();
  memory.secrets.setFault({ kind: 'fail', code: 'unavailable' });
  tick(90_000_000);
  await send(5);
  memory.secrets.setFault({ kind: 'none' });
  memory.secrets.remove('github-webhook-secret');
  tick(60_000);
  await send(3);
  memory.secrets.set('github-webhook-secret', testSecret);
  tick(60_000);
  memory.archive.setFault({ kind: 'error', code: 'unavailable' });
  await send(6);
  return { memory, replies };
};

describe('whole numbers', () => {
  it('are all that log lines, telemetry, replies and health say, but for means and shares', async () => {
    const { memory, replies } = await troubled();
    const { app, lines, telemetry } = memory;
    const ask = async (handler: typeof app.deepHealth, query: Readonly<Record<string, string>> = {}) => {
      const request = new HttpRequest({ method: 'GET', url: 'http://localhost/api/health', query: { ...query } });
      return (await answerTo(memory, callHandler(handler, request))).json;
    };
    const health = await ask(app.deepHealth, { probe: 'true' });
    const breakers = await ask(app.breakerHealth);

    expect(lines.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['webhook.unavailable', 'breaker.opened', 'outbox.drained', 'breaker.closed']),
    );
    expect(JSON.stringify(replies)).toContain('retryAfterSeconds');
    const events = telemetry.items.filter(({ kind }) => kind === 'event');
    expect([
      ...broken(lines, 'lines'),
      ...broken(replies, 'replies'),
      ...broken(health, 'health'),
      ...broken(breakers, 'breakers'),
      ...broken(events, 'telemetry'),
    ]).toEqual([]);
  });
});
