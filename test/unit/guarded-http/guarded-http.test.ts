import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createGuardedHttp,
  type GuardedHttp,
  type GuardedHttpOptions,
  type HttpResult,
} from '../../../src/guarded-http/guarded-http.js';
import { readJson } from '../../../src/guarded-http/http-request.js';
import { ManualClock } from '../../support/manual-clock.js';

let server: Server;
let baseUrl: string;
let answer: RequestListener;
let asked: string[];
let clock: ManualClock;

beforeEach(async () => {
  asked = [];
  clock = new ManualClock();
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/api`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

type Groups = 'files' | 'search';

const client = (changes: Partial<GuardedHttpOptions<Groups>> = {}): GuardedHttp<Groups> =>
  createGuardedHttp<Groups>({
    name: 'api',
    baseUrl,
    endpoints: { files: { retries: 0 }, search: { retries: 0 } },
    clock,
    random: () => 0,
    ...changes,
  });

const outcome = (result: HttpResult<unknown>): string => (result.ok ? 'ok' : result.error.kind);

/** Answers with these statuses in turn, then with the last one. */
const statuses = (...list: readonly number[]): RequestListener => {
  let at = 0;
  return (_request, response) => {
    const status = list[Math.min(at, list.length - 1)] ?? 200;
    at += 1;
    response.writeHead(status).end('{}');
  };
};

describe('a guarded client', () => {
  it('sends method, headers, body and trace context, and gives the whole answer', async () => {
    let seen: unknown;
    answer = (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { authorization, traceparent, tracestate, 'content-type': type } = request.headers;
        seen = [authorization, traceparent, tracestate, type, Buffer.concat(chunks).toString()];
        response.writeHead(201, { 'x-id': '7' }).end('{"id":7}');
      });
    };
    const http = client({ headers: () => ({ authorization: 'Bearer t' }) });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

    const result = await http.request('files', {
      path: 'files?x=1',
      method: 'POST',
      json: { a: 1 },
      traceparent,
      tracestate: 'a=1',
    });

    expect(seen).toEqual(['Bearer t', traceparent, 'a=1', 'application/json', '{"a":1}']);
    expect(asked).toEqual(['POST /api/files?x=1']);
    expect(result.ok && [result.value.status, result.value.headers.get('x-id'), readJson(result.value)]).toEqual([
      201,
      '7',
      { id: 7 },
    ]);
  });

  it('opens the breaker of one endpoint group, and leaves the others alone', async () => {
    answer = (request, response) => void response.writeHead(request.url === '/api/files' ? 500 : 200).end();
    const http = client();

    for (let i = 0; i < 5; i += 1) await http.request('files', { path: 'files' });
    const refused = await http.request('files', { path: 'files' });
    const other = await http.request('search', { path: 'search' });

    expect([outcome(refused), outcome(other)]).toEqual(['circuit-open', 'ok']);
    expect(asked.filter((line) => line === 'GET /api/files')).toHaveLength(5);
    expect(http.health()).toEqual({ status: 'Degraded', reasons: ['api:files is Open, last failure: status-500'] });
  });

  it.each([400, 401, 403, 404, 409, 422])('an answer %i says that the dependency works', async (status) => {
    answer = statuses(status);
    const http = client();

    const results = [];
    for (let i = 0; i < 8; i += 1) results.push(outcome(await http.request('files', { path: 'x' })));

    expect(new Set(results)).toEqual(new Set(['refused']));
    expect(http.health().status).toBe('Healthy');
  });

  it('gives the refused answer’s status and body to its caller, and neither in its message', async () => {
    answer = (_request, response) => void response.writeHead(404).end('secret detail');

    const result = await client().request('files', { path: 'x' });

    expect(
      !result.ok && [result.error.status, new TextDecoder().decode(result.error.body), result.error.message],
    ).toEqual([404, 'secret detail', 'api, files: refused (status 404)']);
  });

  it('measures an answer as it is unpacked: a small one that unpacks to more than the limit is too large', async () => {
    const packed = gzipSync(Buffer.alloc(20_000_000));
    answer = (_request, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed);

    const result = await client().request('files', { path: 'x' });

    expect([packed.length < 100_000, outcome(result)]).toEqual([true, 'too-large']);
  });

  it('never follows a redirect', async () => {
    answer = (_request, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();

    const result = await client().request('files', { path: 'x' });

    expect([outcome(result), asked.length]).toEqual(['refused', 1]);
  });

  it.each([
    'http://elsewhere.example/x',
    '//elsewhere.example/x',
    '../outside',
    '%2e%2e/outside',
  ])('sends nothing, and no token, to %s', async (path) => {
    answer = statuses(200);

    await expect(client().request('files', { path })).rejects.toThrow(TypeError);
    expect(asked).toEqual([]);
  });

  it('leaves an answer that is too large', async () => {
    answer = (_request, response) => void response.end(Buffer.alloc(2_000_000));
    const http = client({ endpoints: { files: { maxResponseBytes: 1_000_000 }, search: {} } });

    expect(outcome(await http.request('files', { path: 'x' }))).toBe('too-large');
  });

  it('without an address or a token, nothing is sent', async () => {
    answer = statuses(200);
    const nowhere = client({ baseUrl: undefined });
    const tokenless = client({ headers: () => undefined });
    const failing = client({
      headers: () => {
        throw new Error('vault away');
      },
    });

    const results = await Promise.all(
      [nowhere, tokenless, failing].map((http) => http.request('files', { path: 'x' })),
    );

    expect(results.map(outcome)).toEqual(['not-configured', 'not-configured', 'not-configured']);
    expect(nowhere.health().status).toBe('NotConfigured');
    expect(asked).toEqual([]);
  });

  it('a request that hangs ends at its deadline', async () => {
    answer = () => {};
    const running = client().request('files', { path: 'x', timeoutMs: 50 });
    await expect.poll(() => asked.length).toBe(1);

    clock.advance(50);

    expect(outcome(await running)).toBe('timeout');
  });

  it('a request whose token hangs ends at its deadline, and at its caller’s abort, and blames nobody', async () => {
    const headers = () => new Promise<undefined>(() => {});
    const http = client({ headers });
    const given = http.request('files', { path: 'x', timeoutMs: 50 });
    const own = http.request('files', { path: 'x' });
    const abandoned = http.request('files', { path: 'x', signal: AbortSignal.abort() });

    const early = outcome(await abandoned);
    clock.advance(50);
    const late = outcome(await given);
    clock.advance(10_000);

    expect([early, late, outcome(await own)]).toEqual(['aborted', 'timeout', 'timeout']);
    expect(http.metrics().files.breaker.total).toBe(0);
    expect(asked).toEqual([]);
  });

  it('what its token took is not left for the answer', async () => {
    answer = () => {};
    const headers = async () => {
      clock.advance(40);
      return {};
    };
    const running = client({ headers }).request('files', { path: 'x', timeoutMs: 50 });
    await expect.poll(() => asked.length).toBe(1);

    clock.advance(10);

    expect(outcome(await running)).toBe('timeout');
  });

  it('of a header that is given twice, in whatever case, the request’s own is sent', async () => {
    const sent: (string | undefined)[] = [];
    answer = ({ headers }, response) => {
      sent.push(headers['user-agent'], headers.authorization);
      response.end();
    };
    const http = client({ headers: () => ({ 'User-Agent': 'my-bot', authorization: 'Bearer usual' }) });

    await http.request('files', { path: 'x' });
    await http.request('files', { path: 'x', headers: { Authorization: 'Bearer special', 'USER-AGENT': 'other' } });

    expect(sent).toEqual(['my-bot', 'Bearer usual', 'other', 'Bearer special']);
  });

  it('its caller’s abort ends it and blames nobody', async () => {
    answer = () => {};
    const controller = new AbortController();
    const http = client();
    const running = http.request('files', { path: 'x', signal: controller.signal });
    await expect.poll(() => asked.length).toBe(1);

    controller.abort();

    expect(outcome(await running)).toBe('aborted');
    expect(http.metrics().files.breaker.failed).toBe(0);
  });

  it('hands a stream on as it comes', async () => {
    answer = (_request, response) => {
      response.write('one ');
      setImmediate(() => response.end('two'));
    };

    const opened = await client().open('files', { path: 'x' });

    expect(opened.ok && (await opened.value.text())).toBe('one two');
  });

  it.each([
    ['a GET with a body', { path: 'x', body: 'text' }],
    ['what JSON cannot say', { path: 'x', method: 'POST', json: { big: 1n } }],
    ['a header that is none', { path: 'x', headers: { 'no header': 'x' } }],
  ] as const)('refuses %s, and blames nobody', async (_what, request) => {
    const http = client();

    await expect(http.request('files', request)).rejects.toBeInstanceOf(TypeError);
    expect(http.metrics().files.breaker.total).toBe(0);
  });

  it('says which option is wrong', () => {
    expect(() => client({ endpoints: { files: { retries: -1 }, search: {} } })).toThrow(
      'Endpoint files: retries is -1, expected a whole number from 0',
    );
    const misspelt: Readonly<Record<string, object>> = { files: { timeout: 500 } };
    expect(() => createGuardedHttp({ name: 'api', baseUrl, endpoints: misspelt })).toThrow(
      'Endpoint files: no such field: timeout; the fields are timeoutMs, retries,',
    );
  });
});

describe('retries', () => {
  const endpoints = { files: { retries: 2, retryDelayMs: 100 }, search: {} };

  it('repeat what is safe to repeat, and count as one call', async () => {
    answer = statuses(503, 502, 200);
    const http = client({ endpoints });

    const running = http.request('files', { path: 'x' });
    for (const tries of [1, 2]) {
      await expect.poll(() => [asked.length, clock.pendingTimers]).toEqual([tries, 2]);
      clock.advance(0);
    }

    expect(outcome(await running)).toBe('ok');
    expect([http.metrics().files.retries, http.metrics().files.breaker.total]).toEqual([2, 1]);
  });

  it.each([
    ['POST', undefined, 1],
    ['POST', true, 3],
    ['PATCH', undefined, 1],
    ['GET', false, 1],
  ] as const)('%s with repeatable %s is sent %i times', async (method, repeatable, times) => {
    answer = statuses(503);
    const request = { path: 'x', method, ...(repeatable !== undefined && { repeatable }) };
    const running = client({ endpoints }).request('files', request);
    for (let i = 1; i < times; i += 1) {
      await expect.poll(() => [asked.length, clock.pendingTimers]).toEqual([i, 2]);
      clock.advance(0);
    }

    expect(outcome(await running)).toBe('refused');
    expect(asked).toHaveLength(times);
  });

  it('stop at the deadline with what the last try answered', async () => {
    answer = statuses(503);
    const slow = { files: { retries: 5, retryDelayMs: 60_000, timeoutMs: 1_000 }, search: {} };
    const running = client({ endpoints: slow, random: () => 0.99 }).request('files', { path: 'x' });
    await expect.poll(() => [asked.length, clock.pendingTimers]).toEqual([1, 2]);

    clock.advance(1_000);

    expect(['timeout', 'refused']).toContain(outcome(await running));
    expect(asked).toHaveLength(1);
  });

  it('wait as long as the answer asks, and send no more when that is too long', async () => {
    answer = (_request, response) => {
      response.writeHead(503, { 'retry-after': asked.length === 1 ? '2' : '60' }).end();
    };
    const running = client({ endpoints }).request('files', { path: 'x' });
    await expect.poll(() => [asked.length, clock.pendingTimers]).toEqual([1, 2]);
    clock.advance(1_999);
    expect(asked).toHaveLength(1);

    clock.advance(1);
    const result = await running;

    expect(!result.ok && [result.error.kind, result.error.retryAfterMs]).toEqual(['refused', 60_000]);
    expect(asked).toHaveLength(2);
  });

  it.each([
    ['two at once', ['1', '2']],
    ['a number below 0', '-5'],
    ['words', 'soon'],
  ])('never push against a limit whose Retry-After is no time: %s', async (_what, value) => {
    answer = (_request, response) => {
      response.setHeader('retry-after', value);
      response.writeHead(429).end();
    };

    const result = await client({ endpoints }).request('files', { path: 'x' });

    expect(result).toMatchObject({ ok: false, error: { kind: 'throttled', retryAfterMs: 60_000 } });
  });

  it('never push against a limit', async () => {
    answer = (_request, response) => void response.writeHead(429, { 'retry-after': '2' }).end();

    expect(outcome(await client({ endpoints }).request('files', { path: 'x' }))).toBe('throttled');
    expect(asked).toHaveLength(1);
  });
});

describe('limits of the other side', () => {
  it.each([
    ['429 with Retry-After', 429, { 'retry-after': '30' }, 30_000],
    ['GitHub’s primary limit', 403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1767225645' }, 45_000],
    ['GitHub’s secondary limit', 403, { 'retry-after': '60' }, 60_000],
    ['429 that says nothing', 429, {}, 60_000],
    ['a limit of a year', 429, { 'retry-after': '31536000' }, 3_600_000],
  ] as const)('%s keeps the client away for so long, and opens nothing', async (_, status, headers, holdMs) => {
    answer = (_request, response) => void response.writeHead(status, headers).end();
    const http = client();

    const first = await http.request('files', { path: 'x' });
    const second = await http.request('search', { path: 'x' });
    clock.advance(holdMs - 1);
    const early = await http.request('files', { path: 'x' });
    clock.advance(1);
    answer = statuses(200);
    const later = await http.request('files', { path: 'x' });

    expect([first, second, early, later].map(outcome)).toEqual(['throttled', 'throttled', 'throttled', 'ok']);
    expect(!first.ok && first.error.retryAfterMs).toBe(holdMs);
    expect(asked).toHaveLength(2);
    expect(http.metrics().files).toMatchObject({ throttled: 2, breaker: { failed: 0 } });
  });

  it('the last request that a limit allows is answered, and the next waits', async () => {
    answer = (_request, response) =>
      void response.writeHead(200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1767225610' }).end();
    const http = client();

    const results = [await http.request('files', { path: 'x' }), await http.request('files', { path: 'x' })];

    expect(results.map(outcome)).toEqual(['ok', 'throttled']);
    expect(http.health()).toEqual({ status: 'Degraded', reasons: ['A rate limit holds for 10 s'] });
  });

  it('403 without a limit is a refusal', async () => {
    answer = statuses(403);

    expect(outcome(await client().request('files', { path: 'x' }))).toBe('refused');
  });
});

describe('the cache', () => {
  const endpoints = { files: { retries: 0, cacheSeconds: 60, staleSeconds: 600 }, search: {} };
  let version = 0;

  beforeEach(() => {
    version = 0;
  });

  const versioned: RequestListener = (_request, response) => {
    version += 1;
    response.writeHead(200, { etag: `"${version}"` }).end(String(version));
  };

  const text = (result: HttpResult): string =>
    result.ok
      ? `${new TextDecoder().decode(result.value.bytes)}${result.value.stale ? ' stale' : ''}`
      : result.error.kind;

  it('asks once for many, and again when its time is over', async () => {
    answer = versioned;
    const http = client({ endpoints });

    const together = await Promise.all([1, 2, 3].map(() => http.request('files', { path: 'x' })));
    const kept = await http.request('files', { path: 'x' });
    clock.advance(60_000);
    const anew = await http.request('files', { path: 'x' });

    expect([...together, kept, anew].map(text)).toEqual(['1', '1', '1', '1', '2']);
  });

  it('tells callers apart by what their headers say, not by how they spell or order them', async () => {
    answer = versioned;
    const http = client({ endpoints });
    const ask = async (headers: Readonly<Record<string, string>>) =>
      text(await http.request('files', { path: 'x', headers }));

    expect(await ask({ Authorization: 'Bearer a', accept: 'text/plain' })).toBe('1');
    expect(await ask({ Accept: 'text/plain', authorization: 'Bearer a' })).toBe('1');
    expect(await ask({ accept: 'text/plain', authorization: 'Bearer b' })).toBe('2');
    expect(await ask({ authorization: 'Bearer a' })).toBe('3');
  });

  it('one of many callers that gives up ends nothing for the others', async () => {
    let release = (): void => {};
    answer = (_request, response) => {
      release = () => void response.end('1');
    };
    const http = client({ endpoints });
    const controller = new AbortController();
    const [first, second] = [
      http.request('files', { path: 'x', signal: controller.signal }),
      http.request('files', { path: 'x' }),
    ];
    await expect.poll(() => asked.length).toBe(1);

    controller.abort();
    expect(text(await first)).toBe('aborted');
    release();

    expect(text(await second)).toBe('1');
  });

  it('one of many callers that has less time ends nothing for the others, and gets what is kept', async () => {
    answer = versioned;
    const http = client({ endpoints });
    await http.request('files', { path: 'x' });
    clock.advance(60_000);
    let release = (): void => {};
    answer = (_request, response) => {
      release = () => void response.end('2');
    };
    const hurried = http.request('files', { path: 'x', timeoutMs: 100 });
    const patient = http.request('files', { path: 'x' });
    await expect.poll(() => asked.length).toBe(2);

    clock.advance(100);
    expect(text(await hurried)).toBe('1 stale');
    release();

    expect(text(await patient)).toBe('2');
    expect(clock.pendingTimers).toBeLessThanOrEqual(1);
  });

  it('sends nothing for a caller who has given up before', async () => {
    answer = versioned;

    const result = await client({ endpoints }).request('files', { path: 'x', signal: AbortSignal.abort() });

    expect([text(result), asked.length]).toEqual(['aborted', 0]);
  });

  it('serves nothing that is kept in place of a refusal: the dependency works', async () => {
    answer = versioned;
    const http = client({ endpoints });
    await http.request('files', { path: 'x' });
    clock.advance(60_000);
    answer = statuses(404);

    expect(text(await http.request('files', { path: 'x' }))).toBe('refused');
  });

  it('serves what it has while the dependency fails, marked, and not for ever', async () => {
    answer = versioned;
    const http = client({ endpoints });
    await http.request('files', { path: 'x' });
    answer = statuses(500);

    clock.advance(60_000);
    const stale = await http.request('files', { path: 'x' });
    clock.advance(600_000);
    const over = await http.request('files', { path: 'x' });

    expect([stale, over].map(text)).toEqual(['1 stale', 'refused']);
    expect(http.metrics().cache).toEqual({ fresh: 0, stale: 1 });
  });

  it('asks with the ETag, and 304 renews what it has', async () => {
    answer = (request, response) => {
      if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end();
      else versioned(request, response);
    };
    const http = client({ endpoints });
    await http.request('files', { path: 'x' });

    clock.advance(60_000);
    const renewed = await http.request('files', { path: 'x' });
    clock.advance(59_000);
    const kept = await http.request('files', { path: 'x' });

    expect([renewed, kept].map(text)).toEqual(['1', '1']);
    expect(asked).toHaveLength(2);
  });

  it('keeps answers for other headers apart, and writes apart from reads', async () => {
    answer = versioned;
    const http = client({ endpoints });

    const read = await http.request('files', { path: 'x' });
    const other = await http.request('files', { path: 'x', headers: { accept: 'text/html' } });
    const written = await http.request('files', { path: 'x', method: 'POST' });

    expect([read, other, written].map(text)).toEqual(['1', '2', '3']);
  });
});
