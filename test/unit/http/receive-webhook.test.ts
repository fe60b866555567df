import { describe, expect, it } from 'vitest';
import { createMemoryApp, mergeWarden, signGithub, testSecret } from '../../support/memory-app.js';
import { postWebhook } from '../../support/post-webhook.js';

const body = Buffer.from('{"action":"opened"}');
const good = signGithub(body, testSecret);

describe('receive webhook: signatures', () => {
  const wrong: readonly (readonly [string, string])[] = [
    ['missing', ''],
    ['wrong', `sha256=${'0'.repeat(64)}`],
    ['sha1', 'sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709'],
    ['upper case', good.toUpperCase()],
    ['upper-case hex', `sha256=${good.slice(7).toUpperCase()}`],
    ['doubled', `${good}, ${good}`],
    ['truncated', good.slice(0, -1)],
    ['without its prefix', good.slice(7)],
    ['of other bytes', signGithub(Buffer.from('{"action":"closed"}'), testSecret)],
    ['by another secret', signGithub(body, 'another-secret-for-tests')],
  ];

  it.each(wrong)('a signature that is %s is refused', async (_case, signature) => {
    const { github } = createMemoryApp();

    const reply = await github('pull_request', body, { headers: { 'x-hub-signature-256': signature } });

    expect(reply.status).toBe(401);
    expect(reply.json).toMatchObject({ code: 'SignatureInvalid', status: 401 });
  });

  it('every refusal has the very same body', async () => {
    const { github } = createMemoryApp();

    const bodies = new Set<string>();
    for (const [, signature] of wrong) {
      bodies.add((await github('pull_request', body, { headers: { 'x-hub-signature-256': signature } })).body);
    }

    expect(bodies.size).toBe(1);
  });

  it('a valid SHA-1 signature beside it makes no wrong SHA-256 signature right', async () => {
    const { github } = createMemoryApp();
    const headers = { 'x-hub-signature': good, 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` };

    const reply = await github('pull_request', body, { headers });

    expect(reply.status).toBe(401);
  });
});

describe('receive webhook: bad input', () => {
  const malformed: readonly (readonly [string, Buffer])[] = [
    ['an empty body', Buffer.alloc(0)],
    ['text that is not JSON', Buffer.from('Hello, World!')],
    ['truncated JSON', Buffer.from('{"action":')],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['nesting above 128', Buffer.from(`${'['.repeat(129)}${']'.repeat(129)}`)],
  ];

  it.each(malformed)('authenticated, yet %s: 400 MalformedPayload', async (_case, bytes) => {
    const { github, archive } = createMemoryApp();

    const reply = await github('pull_request', bytes);

    expect(reply.status).toBe(400);
    expect(reply.headers['content-type']).toBe('application/problem+json');
    expect(reply.json).toMatchObject({ code: 'MalformedPayload', type: 'urn:breakwater:problem:MalformedPayload' });
    expect(archive.names()).toEqual([]);
  });

  it('what is not authenticated is never parsed: bad JSON with a bad signature is 401', async () => {
    const { github } = createMemoryApp();

    const reply = await github('pull_request', 'Hello', { headers: { 'x-hub-signature-256': 'sha256=00' } });

    expect(reply.status).toBe(401);
  });

  it('no event header: 400 MissingHeader', async () => {
    const { github } = createMemoryApp();

    const reply = await github('pull_request', body, { headers: { 'x-github-event': '' } });

    expect(reply.status).toBe(400);
    expect(reply.json).toMatchObject({ code: 'MissingHeader' });
  });

  it('no delivery id: the id is a hash of provider and body, the same each time', async () => {
    const { github } = createMemoryApp();

    const first = await github('pull_request', body, { headers: { 'x-github-delivery': '' } });
    const second = await github('pull_request', body, { headers: { 'x-github-delivery': '' } });

    expect(first.json?.['id']).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(second.json?.['id']).toBe(first.json?.['id']);
  });

  it.each(['text/plain', 'application/xml', '', 'multipart/form-data'])('content type "%s": 415', async (type) => {
    const { github } = createMemoryApp();

    const reply = await github('pull_request', body, { headers: { 'content-type': type } });

    expect(reply.status).toBe(415);
    expect(reply.json).toMatchObject({ code: 'UnsupportedContent' });
  });

  it.each(['gzip', 'br', 'identity, gzip', 'utf-8, gzip', 'x'])('a body compressed by %s: 415', async (encoding) => {
    const { github } = createMemoryApp();

    const reply = await github('pull_request', body, { headers: { 'content-encoding': encoding } });

    expect(reply.status).toBe(415);
    expect(reply.json?.['detail']).toContain('application/json');
  });

  it.each([
    'identity',
    'Identity, identity',
    'utf-8',
    'UTF-8',
    ' ',
    ',',
  ])('a Content-Encoding of %j is none: accepted', async (encoding) => {
    const { github } = createMemoryApp();

    const reply = await github('pull_request', body, { headers: { 'content-encoding': encoding } });

    expect(reply.status).toBe(202);
  });

  it('a content type that came twice: 415, whichever was meant', async () => {
    const { github } = createMemoryApp();
    const twice = 'application/json; charset=utf-8,application/x-www-form-urlencoded';

    expect((await github('pull_request', body, { headers: { 'content-type': twice } })).status).toBe(415);
  });

  it('a route in other letters, as Azure takes it: the same provider, and the same event', async () => {
    const { app, queue } = createMemoryApp();
    const headers = {
      'content-type': 'application/json',
      'x-github-event': 'pull_request',
      'x-github-delivery': 'one',
      'x-hub-signature-256': good,
    };

    for (const provider of ['GitHub', 'github']) {
      expect((await postWebhook(app.receiveWebhook, { provider, headers, body })).status).toBe(202);
    }

    expect(new Set(queue.messages(mergeWarden.queue).map(({ messageId }) => messageId)).size).toBe(1);
  });

  it('an unknown provider: 404, and the vault is never asked', async () => {
    const { app, secrets } = createMemoryApp();
    secrets.setFault({ kind: 'fail', code: 'unavailable' });

    const reply = await postWebhook(app.receiveWebhook, { provider: 'nobody', headers: {}, body });

    expect(reply.status).toBe(404);
    expect(reply.json).toMatchObject({ code: 'UnknownProvider' });
  });

  it('a body above the limit: 413', async () => {
    const { github } = createMemoryApp({ environment: { MAX_PAYLOAD_BYTES: '1024' } });

    const reply = await github('pull_request', { padding: 'x'.repeat(1024) });

    expect(reply.status).toBe(413);
    expect(reply.json).toMatchObject({ code: 'PayloadTooLarge' });
  });

  it('a body in chunks, of which the host hands nothing on: 411, and not counted as a failed authentication', async () => {
    const app = createMemoryApp();
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };

    for (let count = 0; count < 12; count++) {
      const reply = await postWebhook(app.app.receiveWebhook, { headers, body: Buffer.alloc(0) });

      expect(reply).toMatchObject({ status: 411, json: { code: 'LengthRequired' } });
      expect(reply.json?.['detail']).toContain('Content-Length');
    }
  });

  it('a length that only the header claims: 413 before a byte is read', async () => {
    const { github } = createMemoryApp({ environment: { MAX_PAYLOAD_BYTES: '1024' } });

    const reply = await github('pull_request', body, { headers: { 'content-length': '99999999' } });

    expect(reply.status).toBe(413);
  });

  it('a dependency that throws what nobody expects leaks nothing', async () => {
    const { github, archive, lines } = createMemoryApp();
    Object.assign(archive, {
      put: () => {
        throw new TypeError('secret detail');
      },
    });

    const reply = await github('pull_request', body);

    expect(reply.body).not.toContain('secret detail');
    expect(JSON.stringify(lines)).not.toContain('secret detail');
  });
});
