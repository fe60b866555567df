import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixture, type HostProcess, sendRaw, startHostProcess } from './host-process.js';

describe('functions host: an app with HTTP streams', () => {
  let host: HostProcess;

  beforeAll(async () => {
    host = await startHostProcess({
      app: fixture('streaming'),
      env: { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '5000000' },
    });
  });

  afterAll(async () => {
    expect(await host.end()).toBe(0);
  });

  test('a chunked body reaches the function as a stream', async () => {
    const response = await fetch(`${host.url}/api/upload/a%20name?x=1`, {
      method: 'POST',
      body: new Blob([Buffer.alloc(3_000_000)]).stream(),
      headers: { 'x-sent': 'yes' },
      duplex: 'half',
    });

    expect(await response.json()).toEqual({
      name: 'a name',
      size: 3_000_000,
      url: `${host.url}/api/upload/a%20name?x=1`,
      header: 'yes',
    });
  });

  test('an answer leaves as it is made', async () => {
    const response = await fetch(`${host.url}/api/drip`);
    const chunks: string[] = [];
    for await (const chunk of response.body ?? []) chunks.push(Buffer.from(chunk).toString());

    expect(chunks).toEqual(['first', ' second']);
  });

  test('a body above the limit is refused, with a length or without', async () => {
    const body = Buffer.alloc(6_000_000);

    const whole = await fetch(`${host.url}/api/upload/a`, { method: 'POST', body });
    const head = 'POST /api/upload/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n';
    const chunked = await sendRaw(host.port, head, `${body.length.toString(16)}\r\n`, body, '\r\n0\r\n\r\n');

    expect(whole.status).toBe(413);
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('a function that fails or returns nothing is answered all the same', async () => {
    const failed = await fetch(`${host.url}/api/throws`);
    const silent = await fetch(`${host.url}/api/nothing`);

    expect(failed.status).toBe(500);
    expect(silent.status).toBe(204);
  });
});
