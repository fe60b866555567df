import { HttpRequest } from '@azure/functions';
import { beforeAll, describe, expect, it } from 'vitest';
import { localSecretOf } from '../../../local/senders/local-provider-secret.js';
import { senders } from '../../../local/senders/senders.js';
import { builtInProviders } from '../../../src/providers/built-in.js';
import type { Bot } from '../../../src/routing/bot.js';
import { createMemoryApp, type MemoryApp, mergeWarden, notifier } from '../../support/memory-app.js';
import { callHandler, postWebhook, type Reply } from '../../support/post-webhook.js';

const adminToken = 'an-admin-token-for-tests';

const bot = (name: string, rest: Partial<Bot>): Bot => ({ ...notifier, name, queue: `bot-${name}`, ...rest });

const present: readonly Bot[] = [
  mergeWarden,
  notifier,
  bot('everything', { events: ['*', '*.ping', '*.*.ping'] }),
  bot('in-order', { events: ['*'], ordered: true, orderBy: 'repository' }),
  bot('narrow', { events: ['github.*.opened', '!github.discussion'], repositories: ['Codertocat/*'], ordered: true }),
];

const others: readonly Bot[] = [
  { ...mergeWarden, orderBy: 'source' },
  bot('everything', { events: ['*', '!stripe'] }),
  bot('in-order', { events: ['*'], ordered: true }),
  bot('narrow', { events: ['*', '!github.issues'], repositories: ['!*/Hello-World', '*'], ordered: true }),
  bot('newcomer', { events: ['gitlab', 'slack', 'github.push', '*.*.closed'], ordered: true, orderBy: 'repository' }),
];

const providers = builtInProviders.map(({ name }) => name);

const create = (bots: readonly Bot[]): MemoryApp => {
  const secrets = providers.map((name) => {
    const setting = `WEBHOOK_SECRET_${name.toUpperCase().replaceAll('-', '_')}`;
    return [setting, localSecretOf(name).stored] as const;
  });
  const environment = { ...Object.fromEntries(secrets), PROVIDERS: providers.join(',') };
  const memory = createMemoryApp({ bots, environment });
  memory.secrets.set('admin-token', adminToken);
  for (const name of providers) memory.secrets.set(`${name}-webhook-secret`, localSecretOf(name).stored);
  return memory;
};

/** Every published payload of every provider, as its sender sends it. */
const sendAll = async (memory: MemoryApp): Promise<void> => {
  for (const sender of senders) {
    for (const [index, sample] of sender.samples().entries()) {
      const { signing: secret } = localSecretOf(sender.provider);
      const deliveryId = `${sender.provider}-${index}`;
      const nowMs = memory.clock.epochMs();
      const { headers, body } = sender.sign({ sample, deliveryId, secret, form: false, nowMs });
      await postWebhook(memory.app.receiveWebhook, { provider: sender.provider, headers, body });
    }
  }
};

const simulate = (memory: MemoryApp, body: unknown): Promise<Reply> => simulateText(memory, JSON.stringify(body));

const simulateText = (memory: MemoryApp, text: string): Promise<Reply> =>
  callHandler(
    memory.app.simulateEvents,
    new HttpRequest({
      method: 'POST',
      url: 'http://localhost/api/events/simulate',
      headers: { authorization: `Bearer ${adminToken}` },
      body: { bytes: Buffer.from(text) },
    }),
  );

/** As they stand in a file, where only an ordered bot may say by what. */
const fileOf = (bots: readonly Bot[]) => ({
  bots: bots.map(({ orderBy, ...rest }) => (rest.ordered ? { ...rest, orderBy } : rest)),
});

/** What a live queue holds: the session of each message, by what tells one event from another. */
const live = (memory: MemoryApp, bots: readonly Bot[], name: string): ReadonlyMap<string, string | undefined> => {
  const queue = bots.find((each) => each.name === name)?.queue;
  const messages = queue === undefined ? [] : memory.queue.messages(queue);
  return new Map(messages.map(({ messageId, sessionId }) => [String(messageId), sessionId]));
};

const stretch = { from: '2025-12-31T00:00:00Z', to: '2026-01-03T00:00:00Z' };

describe('a simulation', () => {
  let memory: MemoryApp;
  let asOthers: MemoryApp;

  beforeAll(async () => {
    [memory, asOthers] = [create(present), create(others)];
    await sendAll(memory);
    await sendAll(asOthers);
  });

  it('says for every published payload what live routing does, before and after', async () => {
    const reply = await simulate(memory, { bots: fileOf(others), ...stretch });

    const names = [...new Set([...present, ...others].map(({ name }) => name))];
    const expected = names.map((name) => {
      const [had, has] = [live(memory, present, name), live(asOthers, others, name)];
      const both = [...has].filter(([id]) => had.has(id));
      return {
        bot: name,
        got: had.size,
        wouldGet: has.size,
        gained: has.size - both.length,
        lost: had.size - both.length,
        reordered: both.filter(([id, session]) => had.get(id) !== session).length,
      };
    });
    expect(reply.status).toBe(200);
    expect(reply.json?.['bots']).toEqual(expected.map((each) => expect.objectContaining(each)));
    expect(reply.json).toMatchObject({ events: memory.archive.names().length, complete: true });
    expect(memory.archive.names().length).toBeGreaterThan(300);
    for (const change of ['gained', 'lost', 'reordered'] as const) {
      expect(expected.reduce((sum, each) => sum + each[change], 0)).toBeGreaterThan(0);
    }
  });

  it('of the very same bots finds no difference', async () => {
    const reply = await simulate(memory, { bots: fileOf(present), ...stretch });

    const differences: unknown = reply.json?.['bots'];
    expect(JSON.stringify(differences)).not.toMatch(/"(gained|lost|reordered)":[1-9]/);
  });

  it('names the first events that differ, and how', async () => {
    const reply = await simulate(memory, { bots: { bots: [mergeWarden] }, ...stretch, type: 'github.push' });

    expect(reply.json?.['bots']).toContainEqual(
      expect.objectContaining({
        bot: 'notifier',
        wouldGet: 0,
        examples: expect.arrayContaining([
          { change: 'lost', id: expect.any(String), type: 'github.push', time: '2026-01-01T00:00:00.000Z' },
        ]),
      }),
    );
  });

  it('looks at the stretch alone', async () => {
    const reply = await simulate(memory, {
      bots: fileOf(others),
      from: '2025-01-01T00:00:00Z',
      to: '2026-01-01T00:00:00Z',
    });

    expect(reply.json).toMatchObject({ events: 0, complete: true });
  });

  it('sends nothing', async () => {
    const before = memory.queue.messages('bot-everything').length;

    await simulate(memory, { bots: fileOf(others), ...stretch });

    expect(memory.queue.messages('bot-everything')).toHaveLength(before);
    expect(memory.queue.messages('bot-newcomer')).toEqual([]);
  });

  it.each([
    ['no bots', { ...stretch }, 'bots'],
    ['bots that are wrong', { bots: { bots: [{ name: 'X' }] }, ...stretch }, 'bots[0].name'],
    ['no beginning', { bots: fileOf(others) }, 'from'],
    ['an end before the beginning', { bots: fileOf(others), from: stretch.to, to: stretch.from }, 'to'],
    ['more than a year', { bots: fileOf(others), from: '2020-01-01T00:00:00Z', to: stretch.to }, 'to'],
    ['a field that is none', { bots: fileOf(others), ...stretch, dryRun: true }, 'dryRun'],
  ])('with %s is refused, and says what it expected', async (_what, body, field) => {
    const reply = await simulate(memory, body);

    expect(reply.status).toBe(400);
    expect(reply.json).toMatchObject({ code: 'InvalidSimulation' });
    expect(JSON.stringify(reply.json?.['errors'])).toContain(`"field":"${field}"`);
    expect(JSON.stringify(reply.json?.['errors'])).not.toContain('Invalid input');
  });

  it.each([
    ['nothing', '', 'expected a JSON object'],
    ['a list', '[]', 'expected a JSON object'],
    ['bots as deep as a stack', `{"bots":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, 'expected at most 32 levels'],
    ['a provider that is no text', '{"bots":{},"from":"2026-01-01T00:00:00Z","provider":5}', 'expected string'],
  ])('with %s as its body is refused, and says what it expected', async (_what, text, detail) => {
    const reply = await simulateText(memory, text);

    expect(reply.status).toBe(400);
    expect(JSON.stringify(reply.json?.['errors'])).toContain(`"detail":"${detail}`);
  });
});
