import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { createGuardedHttp } from '../../../src/guarded-http/guarded-http.js';
import type { DeliveryHistory } from '../../../src/reconcile/delivery-history.js';
import { createGithubHistory, type GithubIdentity } from '../../../src/reconcile/github-history.js';
import { ManualClock } from '../../support/manual-clock.js';

const signal = new AbortController().signal;
const pem = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const token: GithubIdentity = { kind: 'token', token: 'ghp_local' };
const app: GithubIdentity = { kind: 'app', appId: '4711', privateKey: pem };

let clock: ManualClock;
/** Method, address and token of every request. */
let asked: string[];
let answer: (request: string) => Response;

beforeEach(() => {
  clock = new ManualClock();
  asked = [];
});

interface Asking {
  readonly hook?: string;
  readonly baseUrl?: string;
  readonly identity?: GithubIdentity;
}

const historyOf = ({
  hook = 'app',
  baseUrl = 'https://api.github.com',
  identity = token,
}: Asking = {}): DeliveryHistory =>
  createGithubHistory({
    http: createGuardedHttp({
      name: 'github-api',
      baseUrl,
      endpoints: { 'github-api': { cacheSeconds: 1, retries: 0 } },
      clock,
      fetch: async (url, init) => {
        const request = `${init?.method} ${url} ${new Headers(init?.headers).get('authorization')?.slice(7)}`;
        asked.push(request);
        return answer(request);
      },
    }),
    hook,
    provider: 'github',
    identity: async () => identity,
    clock,
  });

const attempt = (id: string): string =>
  `{"id":${id},"guid":"guid-${id}","delivered_at":"2026-01-01T00:00:00Z","status_code":502,"event":"push","action":null}`;

const page = (ids: readonly string[], headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(`[${ids.map(attempt).join(',')}]`, { headers });

describe('answers of an API that is not itself', () => {
  it.each([
    ['a page of HTML', () => new Response('<html>', { headers: { 'content-type': 'text/html' } }), 'unreadable'],
    ['another JSON', () => Response.json({ message: 'hello' }), 'unreadable'],
    ['nothing', () => new Response(null, { status: 204 }), 'unreadable'],
    ['that nothing has changed, to whom knows nothing', () => new Response(null, { status: 304 }), 'unreadable'],
    ['that the repository has another name', () => new Response(null, { status: 301 }), 'refused-301'],
    ['that the hook is not there', () => new Response('{}', { status: 404 }), 'refused-404'],
    ['that the token is revoked', () => new Response('{}', { status: 401 }), 'refused-401'],
    ['that the token has no right', () => new Response('{}', { status: 403 }), 'refused-403'],
  ])('%s is said, and nothing of it is taken for a history', async (_, respond, reason) => {
    answer = respond;

    const list = await historyOf().list(undefined, signal);
    const repeat = await historyOf().redeliver('1', signal);

    expect(list).toMatchObject({ ok: false, reason });
    expect(repeat.ok).toBe(reason === 'unreadable');
  });

  it('for ever that nothing has changed: what was read last is what there is, and the next change is seen', async () => {
    const history = historyOf();
    answer = () => page(['1'], { etag: '"one"' });
    await history.list(undefined, signal);
    answer = () => new Response(null, { status: 304 });
    for (let hour = 0; hour < 5; hour += 1) {
      clock.advance(3_600_000);
      expect(await history.list(undefined, signal)).toMatchObject({ ok: true, value: { attempts: [{ id: '1' }] } });
    }
    answer = () => page(['2', '1'], { etag: '"two"' });
    clock.advance(3_600_000);

    const changed = await history.list(undefined, signal);

    expect(changed).toMatchObject({ ok: true, value: { attempts: [{ id: '2' }, { id: '1' }] } });
  });
});

it('ids of 64 bits are repeated as they were read', async () => {
  const id = '9223372036854775807';
  answer = () => page([id]);
  const history = historyOf();
  const list = await history.list(undefined, signal);
  answer = () => new Response('{}', { status: 202 });

  await history.redeliver(list.ok ? (list.value.attempts[0]?.id ?? '') : '', signal);

  expect(asked.at(-1)).toContain(`POST https://api.github.com/app/hook/deliveries/${id}/attempts `);
});

it('an Enterprise Server below a path is asked below it, whatever its links say', async () => {
  answer = () => page(['1'], { link: '<https://elsewhere.example/deliveries?cursor=v1_9&per_page=100>; rel="next"' });
  const history = historyOf({ baseUrl: 'https://ghes.example/api/v3' });
  const first = await history.list(undefined, signal);
  await history.list(first.ok ? first.value.next : undefined, signal);
  await history.redeliver('1', signal);

  expect(asked.map((line) => line.replace(' ghp_local', ''))).toEqual([
    'GET https://ghes.example/api/v3/app/hook/deliveries?per_page=100',
    'GET https://ghes.example/api/v3/app/hook/deliveries?per_page=100&cursor=v1_9',
    'POST https://ghes.example/api/v3/app/hook/deliveries/1/attempts',
  ]);
});

describe('an App with many installations', () => {
  const installations: Readonly<Record<string, number>> = { 'repos/octo-org/one': 11, 'orgs/acme': 22 };
  let made: number;

  beforeEach(() => {
    made = 0;
    answer = (request) => {
      const owner = Object.keys(installations).find((each) => request.includes(`/${each}/installation`));
      if (owner !== undefined) return Response.json({ id: installations[owner] });
      made += 1;
      const expires_at = new Date(clock.epochMs() + 3_600_000).toISOString();
      const of = /installations\/(\d+)\/access_tokens/.exec(request)?.[1];
      return of === undefined ? page(['1']) : Response.json({ token: `of-${of}-${made}`, expires_at }, { status: 201 });
    };
  });

  const tokensOfLists = () =>
    asked.filter((line) => line.includes('/deliveries?')).map((line) => line.slice(line.lastIndexOf(' ') + 1, -2));

  it('reads each hook by a token of its own installation', async () => {
    for (const hook of ['repos/octo-org/one/hooks/1', 'orgs/acme/hooks/7'])
      await historyOf({ hook, identity: app }).list(undefined, signal);

    expect(tokensOfLists()).toEqual(['of-11', 'of-22']);
  });

  it('asks for another token when GitHub refuses the one it has', async () => {
    const history = historyOf({ hook: 'orgs/acme/hooks/7', identity: app });
    await history.list(undefined, signal);
    const giving = answer;
    answer = () => new Response('{}', { status: 401 });
    clock.advance(60_000);
    const refused = await history.list(undefined, signal);
    answer = giving;

    const again = await history.list(undefined, signal);

    expect([refused.ok, again.ok]).toEqual([false, true]);
    expect(asked.filter((line) => line.includes('/access_tokens'))).toHaveLength(2);
  });
});
