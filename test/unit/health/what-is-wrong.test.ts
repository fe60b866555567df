import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { longestGapMs } from '../../../src/health/check-timer.js';
import type { HealthCheck } from '../../../src/health/health-check.js';
import { createMemoryApp, type MemoryApp, mergeWarden, notifier, testSecret } from '../../support/memory-app.js';
import { callHandler } from '../../support/post-webhook.js';
import { settled } from '../../support/until.js';

interface Sight {
  readonly status: string;
  readonly checks: Readonly<Record<string, HealthCheck>>;
}

const look = async ({ app }: MemoryApp): Promise<Sight> => {
  const request = new HttpRequest({ method: 'GET', url: 'http://localhost/api/health/deep' });
  const { json } = await callHandler(app.deepHealth, request);
  return JSON.parse(JSON.stringify(json));
};

const troubles = ({ checks }: Sight): readonly string[] =>
  Object.entries(checks).flatMap(([name, { healthy }]) => (healthy ? [] : [name]));

describe('deep health says what is wrong and what to do', () => {
  it('an app that is well has no trouble, and says what it goes without', async () => {
    const sight = await look(createMemoryApp());

    expect(troubles(sight)).toEqual([]);
    expect(sight.checks['vault']).toMatchObject({ status: 'NotConfigured', healthy: true });
    expect(sight.checks['telemetry']).toMatchObject({ status: 'NotConfigured', healthy: true });
    expect(sight.status).toBe('healthy');
  });

  it('a queue that does not exist is degraded from the first copy on, before its breaker opens', async () => {
    const memory = createMemoryApp({ queues: [mergeWarden.queue] });
    const reply = await memory.github('star', { action: 'created' });

    const sight = await look(memory);

    expect(reply.json).toMatchObject({ degraded: ['bot:notifier'] });
    expect(sight.status).toBe('degraded');
    expect(sight.checks[`queue:${notifier.queue}`]).toEqual({
      healthy: false,
      status: 'Degraded',
      message: 'State: Closed, last failure: not-found',
      reason: 'not-found',
      action: 'The queue bot-notifier does not exist. Deploy infra/ again, or take its bot out of bots.json.',
      durationMs: 0,
    });
    expect(sight.checks[`queue:${mergeWarden.queue}`]).toMatchObject({ healthy: true });
  });

  it('storage that refuses the app is unauthorized, at the first call and with the breaker open', async () => {
    const memory = createMemoryApp();
    memory.archive.setFault({ kind: 'error', code: 'unauthorized' });
    await memory.github('star', { action: 'created' });
    const first = await look(memory);
    for (let n = 0; n < 5; n += 1) await memory.github('star', { action: 'created' }, { delivery: `again-${n}` });

    const open = await look(memory);

    expect(first.checks['blob_storage_circuit']).toMatchObject({ healthy: true, message: 'State: Closed' });
    expect(first.checks['blob_storage_last_call']).toMatchObject({ healthy: false, reason: 'unauthorized' });
    expect(open.checks['blob_storage_circuit']).toMatchObject({
      healthy: false,
      message: 'State: Open',
      reason: 'unauthorized',
      action: expect.stringContaining('Storage Blob Data Contributor'),
    });
  });

  it('a secret with a line feed at its end is a trouble of its own, with the way out', async () => {
    const memory = createMemoryApp();
    memory.secrets.set('github-webhook-secret', `${testSecret}\n`);
    await memory.github('star', { action: 'created' });

    const { checks, status } = await look(memory);

    expect(status).toBe('degraded');
    expect(checks['github_secret']).toMatchObject({
      healthy: false,
      message: expect.stringContaining('begins or ends with white space'),
      action: expect.stringContaining('no line feed'),
    });
  });

  it('an admin token that is missing is not configured, which is no trouble', async () => {
    const memory = createMemoryApp();
    const url = 'http://localhost/api/circuit-breakers/reset';
    const headers = { authorization: 'Bearer whoever-I-am' };
    await callHandler(memory.app.resetCircuitBreakers, new HttpRequest({ method: 'POST', url, headers }));

    const { checks, status } = await look(memory);

    expect(checks['admin_token']).toMatchObject({ healthy: true, status: 'NotConfigured' });
    expect(status).toBe('healthy');
  });

  it('what is owed is a trouble once it is owed for a quarter of an hour, and says whom', async () => {
    const memory = createMemoryApp({ queues: [mergeWarden.queue], environment: { OUTBOX_SCHEDULE: '0 0 * * * *' } });
    await memory.github('star', { action: 'created' });
    memory.clock.advance(900_000);
    const young = await look(memory);
    memory.clock.advance(1_000);

    const old = await look(memory);

    expect(young.checks['outbox']).toMatchObject({
      healthy: true,
      message: '1 owed (notifier 1), the oldest for 900 s',
    });
    expect(old.checks['outbox']).toMatchObject({ healthy: false, action: expect.stringContaining('outbox_timer') });
  });

  it('a delivery in quarantine is a trouble', async () => {
    const memory = createMemoryApp();
    memory.secrets.setFault({ kind: 'fail', code: 'unauthorized' });
    await memory.github('star', { action: 'created' });

    const { checks } = await look(memory);

    expect(checks['quarantine']).toMatchObject({ healthy: false, message: expect.stringMatching(/^1 wait/) });
    expect(checks['github_secret']).toMatchObject({ healthy: false, reason: 'unauthorized' });
  });

  it('a timer that has not run for five minutes is a trouble, on an instance that never runs it too', async () => {
    const runner = createMemoryApp();
    const other = createMemoryApp({ beside: runner });
    const fresh = await look(other);
    await runner.drain();
    runner.clock.advance(299_000);
    const ran = await look(other);
    runner.clock.advance(1_000);

    const stopped = await look(other);

    expect(fresh.checks['outbox_timer']).toMatchObject({ healthy: true, message: 'Has not run yet' });
    expect(ran.checks['outbox_timer']).toMatchObject({ healthy: true });
    expect(stopped.checks['outbox_timer']).toMatchObject({
      healthy: false,
      message: 'Last run ended at 2026-01-01T00:00:00.000Z',
      action: expect.stringContaining('drainOutbox'),
    });
  });

  it('a timer that never ran is a trouble five minutes after the start', async () => {
    const memory = createMemoryApp();
    memory.clock.advance(300_000);

    expect((await look(memory)).checks['outbox_timer']).toMatchObject({ healthy: false, message: 'Has not run yet' });
  });

  it('stores that hang hold the report up for a second, and what they hold is not known', async () => {
    const memory = createMemoryApp();
    memory.outbox.setFault({ kind: 'hang' });
    const looking = look(memory);
    await settled();
    memory.clock.advance(1_000);

    const { checks } = await looking;

    expect(checks['outbox']).toMatchObject({ healthy: false, message: 'Outbox: cannot be counted now' });
    expect(checks['dead_letters']).toMatchObject({ healthy: false });
  });
});

describe('the longest time between two runs', () => {
  it.each([
    ['*/30 * * * * *', 30_000],
    ['0 * * * * *', 60_000],
    ['0 */5 * * * *', 300_000],
    ['0 7,37 * * * *', 3_600_000],
    ['0 0 */6 * * *', 21_600_000],
    ['0 0 3 * * *', 86_400_000],
  ])('of %s is %i ms', (schedule, gapMs) => {
    expect(longestGapMs(schedule)).toBe(gapMs);
  });
});
