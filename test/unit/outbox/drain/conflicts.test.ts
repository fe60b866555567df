import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import type { HttpHandler } from '../../../../src/http/receive-webhook.js';
import { github } from '../../../../src/providers/github.js';
import type { Provider } from '../../../../src/providers/provider.js';
import {
  createMemoryApp,
  type MemoryApp,
  type MemoryAppOptions,
  notifier,
  signGithub,
  testSecret,
} from '../../../support/memory-app.js';
import { callHandler, postWebhook, type Reply } from '../../../support/post-webhook.js';

const adminToken = 'an-admin-token-for-tests';
const delivery = '72d3162e-cc78-11e3-81ab-4c9367dc0958';
const day = { from: '2026-01-01T00:00:00Z', to: '2026-01-03T00:00:00Z' };

const createOperatedApp = (options: MemoryAppOptions = {}): MemoryApp => {
  const memory = createMemoryApp({ bots: [notifier], ...options });
  memory.secrets.set('admin-token', adminToken);
  return memory;
};

const operate = (
  handler: HttpHandler,
  given: { readonly query?: Readonly<Record<string, string>>; readonly body?: unknown },
) =>
  callHandler(
    handler,
    new HttpRequest({
      method: given.body === undefined ? 'GET' : 'POST',
      url: 'http://localhost/api/events',
      headers: { authorization: `Bearer ${adminToken}` },
      query: { ...given.query },
      ...(given.body !== undefined && { body: { string: JSON.stringify(given.body) } }),
    }),
  );

const show = ({ app }: MemoryApp, query: Readonly<Record<string, string>>): Promise<Reply> =>
  operate(app.showEvent, { query });
const replay = ({ app }: MemoryApp, body: unknown): Promise<Reply> => operate(app.replayEvents, { body });

const issue = (installation: number) => ({
  action: 'opened',
  issue: { number: 7 },
  installation: { id: installation },
});

const installations = ({ queue }: MemoryApp): readonly number[] =>
  queue.messages(notifier.queue).map(({ body }) => JSON.parse(body.toString()).data.installation.id);

const twoUnderOneId = async (memory: MemoryApp): Promise<void> => {
  for (const n of [1, 2]) {
    await memory.github('issues', issue(n), { delivery });
    memory.clock.advance(1);
  }
};

describe('two events under one id', () => {
  it('are both shown, each with what it is owed', async () => {
    const memory = createOperatedApp({ queues: [] });
    await twoUnderOneId(memory);

    const reply = await show(memory, { id: delivery });

    const [first, second] = memory.archive.names();
    const owed = [{ bot: 'notifier', reason: 'queue-missing' }];
    expect(reply.json).toMatchObject({ id: delivery, archived: { name: first }, owed, otherCopies: [second] });
    expect(reply.json?.['others']).toMatchObject([{ archived: { name: second }, owed }]);
    expect(reply.json?.['owed']).toHaveLength(1);
  });

  it('are both sent again', async () => {
    const memory = createOperatedApp();
    await twoUnderOneId(memory);

    const again = await replay(memory, { id: delivery });
    const forced = await replay(memory, { id: delivery, force: true });

    expect([again.json, forced.json]).toMatchObject([{ sentTo: ['notifier'] }, { sentTo: ['notifier'] }]);
    expect(forced.json?.['events']).toMatchObject([{ sentTo: ['notifier'] }, { sentTo: ['notifier'] }]);
    expect(installations(memory)).toEqual([1, 2, 1, 2]);
  });

  it('are both sent again with the stretch that they came in', async () => {
    const memory = createOperatedApp();
    await twoUnderOneId(memory);

    const reply = await replay(memory, { ...day, force: true });

    expect(reply.json).toMatchObject({ events: 2, sent: 2 });
    expect(installations(memory)).toEqual([1, 2, 1, 2]);
  });

  it('of two tenants are both sent again, and one alone when its provider is named', async () => {
    const tenant: Provider = { ...github, name: 'github-acme' };
    const environment = { PROVIDERS: 'github,github-acme', WEBHOOK_SECRET_GITHUB_ACME: testSecret };
    const memory = createOperatedApp({ environment, ownProviders: [tenant] });
    memory.secrets.set('github-acme-webhook-secret', testSecret);
    const body = Buffer.from(JSON.stringify(issue(2)));
    const headers = {
      'content-type': 'application/json',
      'x-github-event': 'issues',
      'x-github-delivery': delivery,
      'x-hub-signature-256': signGithub(body, testSecret),
    };
    await memory.github('issues', issue(1), { delivery });
    await postWebhook(memory.app.receiveWebhook, { provider: 'github-acme', headers, body });

    await replay(memory, { id: delivery, force: true });
    await replay(memory, { id: delivery, provider: 'github-acme', force: true });

    expect(installations(memory)).toEqual([1, 2, 1, 2, 2]);
  });
});

describe('a forced replay', () => {
  it('sends each archived copy of a stretch once, that of another day too', async () => {
    const memory = createOperatedApp();
    await memory.github('issues', issue(1), { delivery });
    memory.clock.advance(25 * 3_600_000);
    await memory.github('issues', issue(1), { delivery });
    const before = installations(memory).length;

    await replay(memory, { ...day, force: true });

    expect(installations(memory)).toHaveLength(before + 2);
  });

  it('sends an event that came on two days once, when it is asked for by its id', async () => {
    const memory = createOperatedApp();
    await memory.github('issues', issue(1), { delivery });
    memory.clock.advance(25 * 3_600_000);
    await memory.github('issues', issue(1), { delivery });
    const before = installations(memory).length;

    await replay(memory, { id: delivery, force: true });

    expect(installations(memory)).toHaveLength(before + 1);
  });

  it.each([{ id: delivery }, day])('of %j repeated under its key brings nothing twice', async (what) => {
    const memory = createOperatedApp();
    await twoUnderOneId(memory);

    for (const forceKey of ['one', 'one', 'other']) await replay(memory, { ...what, force: true, forceKey });

    expect(installations(memory)).toEqual([1, 2, 1, 2, 1, 2]);
  });

  it('has a key only when it is forced', async () => {
    const reply = await replay(createOperatedApp(), { ...day, forceKey: 'one' });

    expect(reply).toMatchObject({ status: 400, json: { errors: [{ field: 'forceKey' }] } });
  });
});

describe('an id that no path can hold', () => {
  const id = 'https://acme.example/a b?c#../é/%2F';

  it.each([
    ['slashes', '/mycontext/a/b'],
    ['a question mark, a fragment, dots and escapes', '/../a?b&c=%2F#d'],
  ])('with %s is shown and sent again', async (_, given) => {
    const memory = createOperatedApp();
    await memory.github('issues', issue(1), { delivery: given });

    const shown = await show(memory, { id: given });
    const replayed = await replay(memory, { id: given, force: true });

    expect(shown).toMatchObject({ status: 200, json: { id: given } });
    expect(replayed).toMatchObject({ status: 200, json: { id: given, sentTo: ['notifier'] } });
    expect(installations(memory)).toEqual([1, 1]);
  });

  it('is not known until it came', async () => {
    const memory = createOperatedApp();

    expect((await show(memory, { id })).status).toBe(404);
    expect((await show(memory, {})).status).toBe(404);
    expect((await replay(memory, { id })).status).toBe(404);
    expect((await replay(memory, { id: '' })).status).toBe(400);
    expect((await replay(memory, { id, from: day.from })).status).toBe(400);
  });
});
