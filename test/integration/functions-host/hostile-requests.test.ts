import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixture, type HostProcess, sendRaw, startHostProcess } from './host-process.js';

const limit = 1000;

describe('functions host: hostile requests', () => {
  let host: HostProcess;

  beforeAll(async () => {
    host = await startHostProcess({
      app: fixture('http-cjs'),
      env: { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: String(limit) },
    });
  });

  afterAll(async () => {
    expect(await host.end()).toBe(0);
  });

  const statusOf = async (...writes: readonly (string | Buffer)[]): Promise<number> => {
    const answer = await sendRaw(host.port, ...writes);
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
  };

  const get = (target: string, headers = 'Host: localhost'): string =>
    `GET ${target} HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`;

  test.each([
    ['a target that is no path', get('nonsense'), 400],
    ['an absolute target without a host', get('http://'), 400],
    ['an absolute target with a port that cannot be', get('http://host:99999999/v1/seen'), 400],
    ['a Host header with credentials', get('/v1/seen', 'Host: user:word@evil.test'), 400],
    ['a Host header that is an impossible address', get('/v1/seen', 'Host: 999.999.999.999'), 400],
    ['two Host headers', get('/v1/seen', 'Host: a\r\nHost: b'), 400],
    ['no Host header', get('/v1/seen', 'X-Other: 1'), 400],
    ['header bytes that are not UTF-8', get('/v1/seen', 'Host: localhost\r\nX-Bad: \u00ff\u00fe'), 400],
    ['a target above 8 KB', get(`/v1/seen?${'x'.repeat(8 * 1024)}`), 414],
    ['a target that has no end', get(`/v1/seen?${'x'.repeat(200 * 1024)}`), 414],
    ['a target just below 8 KB', get(`/v1/seen?${'x'.repeat(8_100)}`), 200],
    ['101 headers', get('/v1/seen', `Host: h\r\n${'X-One: 1\r\n'.repeat(99)}X-Last: 1`), 431],
    ['100 headers', get('/v1/seen', `Host: h\r\n${'X-One: 1\r\n'.repeat(97)}X-Last: 1`), 200],
    ['headers without end', get('/v1/seen', `Host: localhost\r\nX-Big: ${'x'.repeat(200 * 1024)}`), 431],
    ['headers above 32 KB', get('/v1/seen', `Host: localhost\r\nX-Big: ${'x'.repeat(33 * 1024)}`), 431],
    ['a percent sign with nothing behind it', get('/v1/words/%'), 200],
    ['percent escapes that are not UTF-8', get('/v1/words/%ff%fe'), 200],
    ['an encoded NUL', get('/v1/words/%00'), 200],
    ['dot segments that climb out', get('/v1/../../../admin/host/status'), 200],
    ['encoded dot segments', get('/v1/%2e%2e/v1/words/a'), 200],
    ['doubled slashes', get('//v1//words//a'), 404],
    ['a query of separators', get('/v1/seen?&&==&=&%zz=%'), 200],
    ['parameters named like object members', get('/v1/seen?__proto__=1&constructor=2&toString=3'), 200],
    ['headers named like object members', get('/v1/seen', 'Host: h\r\n__proto__: 1\r\nconstructor: 2'), 200],
    ['an absolute target', get('http://elsewhere.test/v1/words/a'), 200],
    ['a protocol upgrade', get('/v1/seen', 'Host: h\r\nUpgrade: websocket'), 200],
  ])('%s is answered', async (_what, request, status) => {
    expect(await statusOf(request)).toBe(status);
  });

  test.each([
    ['not HTTP at all', '\u0016\u0003\u0001\u0002\u0000\u0001'],
    ['a method that does not exist', 'FROB /v1/seen HTTP/1.1\r\nHost: h\r\n\r\n'],
    ['a length that is no number', 'POST /v1/echo HTTP/1.1\r\nHost: h\r\nContent-Length: ten\r\n\r\n'],
    [
      'a length and chunks',
      'POST /v1/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
    ['a broken chunk', 'POST /v1/echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
  ])('%s is answered 400', async (_what, request) => {
    expect(await statusOf(request)).toBe(400);
  });

  test('a body at the limit is served', async () => {
    const response = await fetch(`${host.url}/v1/echo`, { method: 'POST', body: 'x'.repeat(limit) });

    expect(response.status).toBe(200);
  });

  test('a body that declares too much is refused before it is sent', async () => {
    const answer = await sendRaw(
      host.port,
      `POST /v1/echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: ${limit + 1}\r\n\r\n`,
    );

    expect(answer).toMatch(/^HTTP\/1\.1 500 /);
    expect(answer).toMatch(/connection: close/i);
  });

  test('a client that waits for 100 Continue is asked to go on', async () => {
    const answer = await sendRaw(
      host.port,
      'POST /v1/echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n',
      'ok',
    );

    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
  });

  test('a chunked body without a length is refused once it is too large, as every body above the limit: by a bare 500', async () => {
    const chunk = `400\r\n${'x'.repeat(0x400)}\r\n`;
    const head = 'POST /v1/echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n';

    expect(await statusOf(head, chunk, chunk, '0\r\n\r\n')).toBe(500);
  });

  test('a client that sends far more than allowed still reads its 500', async () => {
    const response = await fetch(`${host.url}/v1/echo`, { method: 'POST', body: Buffer.alloc(8 * 1024 * 1024) });

    expect(response.status).toBe(500);
  });

  test('the connection stays usable after a body that was refused', async () => {
    const body = 'x'.repeat(limit + 1);
    const refused = `POST /v1/echo HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

    const answer = await sendRaw(host.port, refused, get('/v1/text'));

    expect(answer.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 500', 'HTTP/1.1 200']);
  });

  test('a client that goes away in the middle of its body runs no function', async () => {
    const socket = createConnection(host.port, '127.0.0.1');
    const before = host.output();

    await new Promise<void>((resolve) => {
      socket.write('POST /v1/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 500\r\n\r\nonly this', () => {
        socket.destroy();
        socket.once('close', () => resolve());
      });
    });
    const later = await fetch(`${host.url}/v1/nothing`);

    expect(later.status).toBe(204);
    await host.printed("Executed 'Functions.nothing'");
    expect(host.output().slice(before.length)).not.toContain('Functions.echo');
  });

  test('the host serves on after all of that', async () => {
    const response = await fetch(`${host.url}/v1/text`);

    expect(await response.text()).toBe('twelve bytes');
  });
});
