import { request } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { extractData } from '../../src/envelope/extract-data.js';
import { jsonText } from '../property/envelope/json-text.js';
import { eventIdIn } from '../support/event-id-in.js';
import { localSecret, postGithub } from '../support/github-client.js';
import { signGithub } from '../support/memory-app.js';
import { receiveAll } from '../support/receive-all.js';
import { type RunningStack, startStack } from '../support/start-stack.js';

const maxPayloadBytes = 65_536;

describe('hostile input through the running stack', () => {
  let stack: RunningStack;

  beforeAll(async () => {
    stack = await startStack({ environment: { MAX_PAYLOAD_BYTES: String(maxPayloadBytes) } });
  });

  afterAll(async () => {
    await stack?.stop();
  });

  /** Sends without a Content-Length, in chunks, until the host answers. */
  const postChunked = (chunks: number, chunkBytes: number): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const post = request(`${stack.hostUrl}/api/webhooks/github`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-github-event': 'push', 'transfer-encoding': 'chunked' },
      });
      post.on('response', (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() }));
      });
      post.on('error', reject);
      for (let n = 0; n < chunks; n += 1) post.write('x'.repeat(chunkBytes));
      post.end();
    });

  const codeOf = async (response: Response): Promise<unknown> => JSON.parse(await response.text()).code;

  test('not JSON: 400', async () => {
    const response = await postGithub(stack.hostUrl, { event: 'push', body: 'Hello, World!', delivery: 'h-1' });

    expect(response.status).toBe(400);
    expect(await codeOf(response)).toBe('MalformedPayload');
  });

  test('a content type that GitHub never sends: 415', async () => {
    const headers = { 'content-type': 'text/xml' };
    const response = await postGithub(stack.hostUrl, { event: 'push', body: '{}', delivery: 'h-2', headers });

    expect(response.status).toBe(415);
    expect(await codeOf(response)).toBe('UnsupportedContent');
  });

  test('too large, and says so: 413', async () => {
    const body = Buffer.alloc(maxPayloadBytes + 1, 0x20);
    const response = await postGithub(stack.hostUrl, { event: 'push', body, delivery: 'h-3' });

    expect(response.status).toBe(413);
    expect(await codeOf(response)).toBe('PayloadTooLarge');
  });

  test('in chunks, without a length: 411, whatever its size', async () => {
    for (const chunkBytes of [16, 16_384]) {
      const { status, body } = await postChunked(10, chunkBytes);

      expect(status).toBe(411);
      expect(JSON.parse(body)).toMatchObject({ code: 'LengthRequired' });
    }
  });

  test('no event header: 400', async () => {
    const response = await postGithub(stack.hostUrl, { event: '', body: '{}', delivery: 'h-4' });

    expect(response.status).toBe(400);
    expect(await codeOf(response)).toBe('MissingHeader');
  });

  test('an unknown provider: 404 with a problem, another method: 405 with Allow', async () => {
    const unknown = await fetch(`${stack.hostUrl}/api/webhooks/nobody`, { method: 'POST', body: '{}' });
    const wrongMethod = await fetch(`${stack.hostUrl}/api/webhooks/github`);

    expect(unknown.status).toBe(404);
    expect(await codeOf(unknown)).toBe('UnknownProvider');
    expect(wrongMethod.status).toBe(405);
    expect(wrongMethod.headers.get('allow')).toBe('POST');
  });

  test('a wrong signature: 401, and nothing of ours in the reply', async () => {
    const headers = { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` };
    const response = await postGithub(stack.hostUrl, { event: 'push', body: '{}', delivery: 'h-5', headers });

    expect(response.status).toBe(401);
    expect(Object.keys(JSON.parse(await response.text())).toSorted()).toEqual([
      'code',
      'detail',
      'status',
      'title',
      'type',
    ]);
  });

  test('header text beyond Latin-1 does no harm: genuine deliveries are accepted, others refused', async () => {
    const genuine = signGithub(Buffer.from('{}'), localSecret);
    const send = (signature: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const post = request(`${stack.hostUrl}/api/webhooks/github`, { method: 'POST' });
        post.setHeader('content-type', 'application/json');
        post.setHeader('x-github-event', 'push');
        post.setHeader('x-hub-signature-256', signature);
        post.setHeader('user-agent', Buffer.from('GitHub-Hookshot/… 😀').toString('latin1'));
        post.on('response', (response) => resolve(response.resume().statusCode ?? 0));
        post.on('error', reject);
        post.end('{}');
      });

    expect([await send(genuine), await send(`sha256=${'0'.repeat(64)}`)]).toEqual([202, 401]);
  });

  test('the process is still up', async () => {
    const live = await fetch(`${stack.hostUrl}/api/health/live`);

    expect(await live.text()).toBe('{"status":"healthy"}');
  });

  test('any JSON text reaches the consumer through the SDK byte for byte as it was sent', async () => {
    const texts = fc.sample(jsonText, { numRuns: 150, seed: 20_261_121 }).map((text) => Buffer.from(text));
    await receiveAll(stack.serviceBusConnectionString, 'bot-notifier');

    for (const [index, body] of texts.entries()) {
      const response = await postGithub(stack.hostUrl, { event: 'push', body, delivery: `verbatim-${index}` });
      expect(response.status).toBe(202);
    }

    const received = await receiveAll(stack.serviceBusConnectionString, 'bot-notifier');
    const byId = new Map(received.map((message) => [eventIdIn(message), extractData(message.body)]));
    const lost = texts.filter((body, index) => {
      const data = byId.get(`verbatim-${index}`);
      return data === undefined || data.kind === 'claim-check' || !data.bytes.equals(body);
    });
    expect(lost.map(String)).toEqual([]);
  });
});
