import { createHmac } from 'node:crypto';
import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { answerTo } from '../../support/answer-to.js';
import { createMemoryApp, type MemoryApp, notifier, testSecret } from '../../support/memory-app.js';
import { callHandler, postWebhook, type Reply } from '../../support/post-webhook.js';
import { settled } from '../../support/until.js';

const providers = ['github', 'slack', 'sentry', 'cloudevents'];

const createApp = (): MemoryApp => {
  const memory = createMemoryApp({
    bots: [notifier],
    environment: {
      PROVIDERS: providers.join(','),
      ...Object.fromEntries(providers.map((name) => [`WEBHOOK_SECRET_${name.toUpperCase()}`, testSecret])),
    },
  });
  for (const name of providers) memory.secrets.set(`${name}-webhook-secret`, testSecret);
  return memory;
};

/** What `work` does, so long later on the app's clock. */
const slowed =
  <A extends unknown[], R>({ clock }: MemoryApp, delayMs: number, work: (...args: A) => Promise<R>) =>
  async (...args: A): Promise<R> => {
    await new Promise<void>((resolve) => void clock.startTimer(delayMs, resolve));
    return work(...args);
  };

const hmac = (text: string): string => createHmac('sha256', testSecret).update(text).digest('hex');

const postSlack = (memory: MemoryApp, id: string): Promise<Reply> => {
  const body = JSON.stringify({ type: 'event_callback', event_id: id, team_id: 'T1', event: { type: 'app_mention' } });
  const seconds = String(Math.floor(memory.clock.epochMs() / 1_000));
  const headers = {
    'content-type': 'application/json',
    'x-slack-request-timestamp': seconds,
    'x-slack-signature': `v0=${hmac(`v0:${seconds}:${body}`)}`,
  };
  return answerTo(
    memory,
    postWebhook(memory.app.receiveWebhook, { provider: 'slack', headers, body: Buffer.from(body) }),
  );
};

const postForgedSentry = (memory: MemoryApp): Promise<Reply> => {
  const headers = { 'content-type': 'application/json', 'sentry-hook-signature': 'f'.repeat(64) };
  const body = Buffer.from('{"action":"created"}');
  return answerTo(memory, postWebhook(memory.app.receiveWebhook, { provider: 'sentry', headers, body }));
};

const postGithub = (memory: MemoryApp, delivery: string): Promise<Reply> =>
  answerTo(memory, memory.github('issues', { action: 'opened' }, { delivery }));

const breakers = async ({ app }: MemoryApp): Promise<unknown> => {
  const health = await callHandler(app.breakerHealth, new HttpRequest({ method: 'GET', url: 'http://localhost/' }));
  return health.json?.['circuitBreakers'];
};

describe('short deadlines: a sender that waits less changes nothing for one that waits longer', () => {
  it('forged posts to Sentry while the vault is slow: the vault’s breaker stays closed, and GitHub is verified', async () => {
    const memory = createApp();
    Object.assign(memory.secrets, { liveVersions: slowed(memory, 400, memory.secrets.liveVersions) });
    for (let post = 0; post < 10; post += 1) await postForgedSentry(memory);

    const reply = await postGithub(memory, 'genuine');

    expect(reply.status).toBe(202);
    expect(await breakers(memory)).toMatchObject({ 'key-vault': { state: 'Closed', failed: 0 } });
  });

  it('Slack events while Service Bus answers in 2.1 s: GitHub’s event is routed', async () => {
    const memory = createApp();
    await postGithub(memory, 'caches-the-secret');
    Object.assign(memory.queue, { send: slowed(memory, 2_100, memory.queue.send) });
    for (let event = 0; event < 10; event += 1) await postSlack(memory, `Ev${event}`);

    const reply = await postGithub(memory, 'has-the-time');

    expect(reply.json).toMatchObject({ status: 'accepted', routedTo: ['notifier'], degraded: [] });
    expect(await breakers(memory)).toMatchObject({ 'service-bus': { state: 'Closed', failed: 0 } });
  });

  it('Slack events while storage answers in 2.1 s: GitHub’s event is archived', async () => {
    const memory = createApp();
    Object.assign(memory.archive, { put: slowed(memory, 2_100, memory.archive.put) });
    for (let event = 0; event < 10; event += 1) await postSlack(memory, `Ev${event}`);

    await postGithub(memory, 'has-the-time');

    expect(await breakers(memory)).toMatchObject({ 'blob-storage': { state: 'Closed', failed: 0 } });
  });

  it('a batch that runs out of time opens nothing', async () => {
    const memory = createApp();
    Object.assign(memory.queue, { send: slowed(memory, 100, memory.queue.send) });
    const event = (n: number) => ({
      specversion: '1.0',
      id: `item-${n}`,
      source: '/batch',
      type: 'test.item',
      data: { n },
    });
    const body = Buffer.from(JSON.stringify(Array.from({ length: 400 }, (_, n) => event(n))));
    const headers = {
      'content-type': 'application/cloudevents-batch+json',
      authorization: `Bearer ${testSecret}`,
    };

    await answerTo(memory, postWebhook(memory.app.receiveWebhook, { provider: 'cloudevents', headers, body }));

    expect(await breakers(memory)).toMatchObject({
      'service-bus': { state: 'Closed', failed: 0 },
      'blob-storage': { state: 'Closed', failed: 0 },
    });
  });
});

describe('short deadlines: a dependency that hangs', () => {
  it.each([
    ['service-bus', 5, ({ queue }: MemoryApp) => queue.setFault({ kind: 'hang' })],
    ['blob-storage', 5, ({ archive }: MemoryApp) => archive.setFault({ kind: 'hang' })],
    ['key-vault', 3, ({ secrets }: MemoryApp) => secrets.setFault({ kind: 'hang' })],
  ] as const)('%s opens within its %i failures under GitHub’s budget', async (name, failures, hang) => {
    const memory = createApp();
    if (name !== 'key-vault') await postGithub(memory, 'caches-the-secret');
    hang(memory);

    // A look-up of the vault outlives the webhook that began it, and the next one joins it.
    const webhooks = name === 'key-vault' ? failures + 2 : failures;
    for (let n = 0; n < webhooks; n += 1) await postGithub(memory, `hangs-${n}`);
    memory.clock.advance(9_000);
    await settled();

    expect(await breakers(memory)).toMatchObject({ [name]: { state: 'Open', failed: failures } });
  });

  it('Slack alone waits for it five times; then its calls are cut off for one cool-down, and GitHub’s are not', async () => {
    const memory = createApp();
    memory.archive.setFault({ kind: 'hang' });
    for (let event = 0; event < 5; event += 1) await postSlack(memory, `Ev${event}`);
    memory.clock.advance(2_500);
    const startedMs = memory.clock.monotonicMs();

    const reply = await postSlack(memory, 'does-not-wait');

    expect(reply.status).toBe(200);
    expect(memory.clock.monotonicMs() - startedMs).toBe(0);
    expect(await breakers(memory)).toMatchObject({ 'blob-storage': { state: 'Closed', failed: 0 } });
    memory.archive.setFault(undefined);
    expect((await postGithub(memory, 'is-let-through')).json).toMatchObject({ archived: true });
  });
});
