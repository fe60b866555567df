import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { fixture, type HostProcess, sendRaw, startHostProcess } from './host-process.js';

describe('functions host: HTTP functions', () => {
  let host: HostProcess;

  beforeAll(async () => {
    host = await startHostProcess({ app: fixture('http-cjs') });
  });

  afterAll(async () => {
    await host.end();
  });

  const get = (path: string, init?: RequestInit): Promise<Response> => fetch(`${host.url}/v1/${path}`, init);

  const seenTrace = async (headers: Record<string, string>): Promise<Record<string, string>> => {
    const seen = z
      .object({ traceContext: z.record(z.string(), z.any()) })
      .parse(await (await get('seen', { headers })).json());
    return seen.traceContext;
  };

  const routed = async (path: string, method = 'GET'): Promise<unknown> => {
    const response = await get(path, { method });
    return response.status === 200 ? response.json() : response.status;
  };

  test('every file that the glob in main matches is loaded, and its functions are listed with their URLs', () => {
    const names = host.announcement.functions?.map(({ name }) => name);

    expect(names).toEqual(expect.arrayContaining(['echo', 'number', 'no-route']));
    expect(host.output()).toContain(`number: [GET] ${host.url}/v1/numbers/{id:int:min(1)}`);
  });

  test.each([
    ['words/hello', { function: 'any-word', params: { word: 'hello' } }],
    ['words/special', { function: 'the-word', params: {} }],
    ['WORDS/Straße%20%2F', { function: 'any-word', params: { word: 'Straße %2F' } }],
    ['numbers/12', { function: 'number', params: { id: '12' } }],
    ['numbers/0', 404],
    ['numbers/twelve', 404],
    ['optional', { function: 'optional', params: {} }],
    ['optional/', { function: 'optional', params: {} }],
    ['optional/a', { function: 'optional', params: { id: 'a' } }],
    ['optional/a/b', 404],
    ['files', { function: 'rest', params: {} }],
    ['files/a/b%20c.txt', { function: 'rest', params: { rest: 'a/b c.txt' } }],
    ['versions/v1.2', { function: 'version', params: { major: '1', minor: '2' } }],
    ['no-route', { function: 'no-route', params: {} }],
    ['words/../numbers/3', { function: 'number', params: { id: '3' } }],
  ])('a request for %s goes to the function whose template fits best', async (path, expected) => {
    const answer = await routed(path);

    if (typeof expected === 'number') expect(answer).toBe(expected);
    else expect(answer).toMatchObject(expected);
  });

  test('functions share a route by method, and a method that none has is answered 404 as on Azure', async () => {
    expect(await routed('items/7')).toMatchObject({ function: 'read' });
    expect(await routed('items/7', 'PUT')).toMatchObject({ function: 'write', method: 'PUT' });
    expect(await routed('items/7', 'PATCH')).toBe(404);
    expect(await routed('items/7', 'HEAD')).toBe(404);
  });

  test('nothing is served outside the route prefix of host.json', async () => {
    const response = await fetch(`${host.url}/api/words/hello`);

    expect(response.status).toBe(404);
    expect(await response.text()).toBe('');
  });

  test('a body arrives byte for byte with its length, and not at all in chunks, as with Azure’s host', async () => {
    const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0xff, 0x00, 0x0d, 0x0a]);

    const whole = await get('echo', { method: 'POST', body: bytes });
    const chunked = await get('echo', { method: 'PUT', body: new Blob([bytes, bytes]).stream(), duplex: 'half' });

    expect(Buffer.from(await whole.arrayBuffer())).toEqual(bytes);
    expect(await chunked.text()).toBe('');
  });

  test('a large body arrives whole', async () => {
    const bytes = Buffer.alloc(26 * 1024 * 1024, 'x');

    const response = await get('echo', { method: 'POST', body: bytes });

    expect(response.headers.get('x-length')).toBe(String(bytes.length));
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
  });

  test('the function sees URL, headers and query as the host hands them to its worker', async () => {
    const answer = await sendRaw(
      host.port,
      'GET /v1/seen?a=1&A=2&b=x+y&empty HTTP/1.1\r\nHost: Example.test:99\r\nX-One: 1\r\nx-one: 2\r\n' +
        'X-Text: gr\u00c3\u00bcn\r\nX-Empty:\r\nConnection: close\r\n\r\n',
    );
    const seen = JSON.parse(Buffer.from(answer.slice(answer.indexOf('{')), 'latin1').toString('utf8'));

    expect(seen).toMatchObject({
      url: 'http://example.test:99/v1/seen?a=1&A=2&b=x+y&empty',
      headers: { host: 'Example.test:99', 'x-one': '1,2', 'x-text': 'grün', 'x-empty': '' },
      query: { a: '1,2', b: 'x y', empty: '' },
      hasBody: false,
    });
    expect(seen.invocationId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('the function does not see its caller, unless a front was asked for', async () => {
    const front = await startHostProcess({
      app: fixture('http-cjs'),
      args: ['--port', '0', '--front'],
      env: { AzureWebJobsDisableHomepage: 'true' },
    });

    const [direct, behind] = await Promise.all([get('seen'), fetch(`${front.url}/v1/seen`)]);

    expect(await direct.json()).not.toHaveProperty('headers.x-forwarded-for');
    expect(await behind.json()).toHaveProperty('headers.x-forwarded-for', expect.stringMatching(/^127\.0\.0\.1:\d+$/));
    expect((await fetch(front.url)).status).toBe(204);
    await front.end();
  });

  test('an empty body is no body', async () => {
    const response = await get('seen', { method: 'POST', body: '' });

    expect(await response.json()).toMatchObject({ hasBody: false });
  });

  test("the caller's trace is continued under a span of the host's own", async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

    const traceContext = await seenTrace({ traceparent, tracestate: 'vendor=1' });

    expect(traceContext['traceParent']).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
    expect(traceContext['traceParent']).not.toBe(traceparent);
    expect(traceContext['traceState']).toBe('vendor=1');
  });

  test('without a usable trace from the caller a new one begins', async () => {
    const traceContext = await seenTrace({ traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` });

    expect(traceContext['traceParent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(traceContext['traceParent']).not.toContain('0'.repeat(32));
  });

  test('a handler that returns nothing is answered 204', async () => {
    const response = await get('nothing');

    expect(response.status).toBe(204);
  });

  test('HEAD has the headers of the answer and none of its bytes', async () => {
    const answer = await sendRaw(host.port, 'HEAD /v1/text HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');

    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toMatch(/content-length: 12\r\n/i);
    expect(answer.endsWith('\r\n\r\n')).toBe(true);
  });

  test('a streamed body is answered whole', async () => {
    const response = await get('stream');

    expect(response.headers.get('content-length')).toBe('3');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.from([0, 255, 128]));
  });

  test('cookies are written as the real host writes them', async () => {
    const response = await get('cookies');

    expect(response.status).toBe(202);
    expect(response.headers.get('x-kept')).toBe('yes');
    expect(response.headers.getSetCookie()).toEqual([
      'a=one%20two; max-age=60; path=/; secure; samesite=strict; httponly',
      'b=2; domain=example.test; path=/api',
    ]);
  });

  test('headers that belong to the connection are not the function’s to set', async () => {
    const response = await get('hop-headers');

    expect(response.headers.get('content-length')).toBe('2');
    expect(response.headers.get('connection')).toBe('keep-alive');
    expect(await response.text()).toBe('ok');
  });

  test.each([
    'throws',
    'throws-text',
    'bad-status',
    'not-an-object',
    'control-character',
  ])('a function that fails (%s) is answered 500 with an empty body', async (path) => {
    const response = await get(path);

    expect(response.status).toBe(500);
    expect(await response.text()).toBe('');
  });

  test('why a function failed is in the log, and that one succeeded too', async () => {
    await get('throws');
    await get('nothing');

    await host.printed("Executed 'Functions.nothing' (Succeeded");
    expect(host.output()).toMatch(
      /Executed 'Functions\.throws' \(Failed, Id=[0-9a-f-]{36}, Duration=\d+ms\)\nError: secret reason/,
    );
  });

  test('the host says who it is and what state it is in', async () => {
    const status = await fetch(`${host.url}/admin/host/status`);

    expect(await status.json()).toMatchObject({ state: 'Running', version: expect.stringMatching(/^4\./) });
    expect((await fetch(`${host.url}/`)).status).toBe(200);
    expect((await fetch(`${host.url}/admin/host/ping`)).status).toBe(200);
  });

  test('routes that Azure would decide otherwise are pointed out', () => {
    expect(host.output()).toContain("'the-word' and 'any-word' can answer the same request");
  });
});
