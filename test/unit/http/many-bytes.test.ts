import { HttpRequest } from '@azure/functions';
import { beforeAll, describe, expect, it } from 'vitest';
import { createMemoryApp, type MemoryApp, notifier, signGithub, testSecret } from '../../support/memory-app.js';
import { callHandler, type Reply } from '../../support/post-webhook.js';
import { settled } from '../../support/until.js';

const largeBody = Buffer.from(`"${'x'.repeat(25 * 1024 * 1024 - 2)}"`);
const smallBody = Buffer.from('{"zen":"Keep it small."}');
const largeSignature = signGithub(largeBody, testSecret);

interface Sent {
  readonly body: Buffer;
  readonly signature?: string;
  readonly from?: string;
  readonly onRead?: () => void;
}

/** A delivery whose body is handed over as the worker received it, and tells when it is looked at. */
const send = (app: MemoryApp, { body, signature, from, onRead = () => {} }: Sent): Promise<Reply> => {
  const request = new HttpRequest({
    method: 'POST',
    url: 'http://localhost/api/webhooks/github',
    params: { provider: 'github' },
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'ping',
      'x-github-delivery': crypto.randomUUID(),
      ...(signature !== undefined && { 'x-hub-signature-256': signature }),
      ...(from !== undefined && { 'x-forwarded-for': from }),
    },
  });
  const chunks = [body];
  chunks[Symbol.iterator] = () => {
    onRead();
    return [body].values();
  };
  Object.defineProperty(request, 'body', { value: chunks });
  return callHandler(app.app.receiveWebhook, request);
};

const wrong = `sha256=${'0'.repeat(64)}`;
const newApp = (): MemoryApp => createMemoryApp({ bots: [notifier] });

/** Lets everything run that waits for nothing. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Ten failures from there. */
const holdUp = async (app: MemoryApp, from: string): Promise<void> => {
  for (let count = 0; count < 10; count++) await send(app, { body: smallBody, signature: wrong, from });
};

/** Sends without waiting; answers what has been answered so far. */
const sendMany = async (app: MemoryApp, count: number, sent: Sent): Promise<readonly Reply[]> => {
  const replies: Reply[] = [];
  for (let index = 0; index < count; index++) void send(app, sent).then((reply) => replies.push(reply));
  await settle();
  return replies;
};

describe('many bytes at once, while the archive hangs', () => {
  const app = newApp();
  let read = 0;
  let replies: readonly Reply[] = [];

  beforeAll(async () => {
    await send(app, { body: smallBody, signature: signGithub(smallBody, testSecret) });
    app.archive.setFault({ kind: 'hang' });
    replies = await sendMany(app, 32, { body: largeBody, signature: largeSignature, onRead: () => read++ });
    app.archive.setFault(undefined);
  });

  it('beyond eight of the largest bodies are refused with Retry-After, and not read', () => {
    expect(replies).toHaveLength(24);
    expect(replies[0]).toMatchObject({ status: 503, headers: { 'retry-after': '1' }, json: { code: 'Overloaded' } });
    expect(read).toBe(8);
  });

  it('of large bodies keep no small one out', async () => {
    const reply = await send(app, { body: smallBody, signature: signGithub(smallBody, testSecret) });

    expect(reply.status).toBe(202);
  });
});

describe('many bytes at once', () => {
  it('that wait for the vault are two of the largest bodies at most', async () => {
    const app = newApp();
    app.secrets.setFault({ kind: 'hang' });
    let read = 0;

    const replies = await sendMany(app, 32, { body: largeBody, signature: wrong, onRead: () => read++ });

    expect(read).toBe(2);
    expect(replies).toHaveLength(30);
    expect(new Set(replies.map(({ json }) => json?.['code']))).toEqual(new Set(['Overloaded']));
  });

  it('keep their room while a call goes on that the last resort has overtaken, and give it back when that ends', async () => {
    const app = newApp();
    await send(app, { body: smallBody, signature: signGithub(smallBody, testSecret) });
    const replies: Reply[] = [];
    app.archive.setFault({ kind: 'hang' });
    const deliver = () => send(app, { body: largeBody, signature: largeSignature });
    for (let count = 0; count < 8; count++) void deliver().then((reply) => replies.push(reply));
    await settle();
    app.archive.setFault(undefined);
    for (let passedMs = 0; passedMs < 3_000 && replies.length < 8; passedMs += 100) {
      app.clock.advance(100);
      await settled();
    }

    expect(replies.map(({ status }) => status)).toEqual(Array(8).fill(202));
    expect(await deliver()).toMatchObject({ status: 503, json: { code: 'Overloaded' } });
    app.clock.advance(5_000);
    await settled();
    expect((await deliver()).status).toBe(202);
  });

  it('give their room back with their answer, whatever that is', async () => {
    const app = newApp();

    for (let count = 0; count < 12; count++) {
      expect((await send(app, { body: largeBody, signature: wrong, from: `192.0.2.${count}` })).status).toBe(401);
    }
    expect((await send(app, { body: largeBody, signature: largeSignature })).status).toBe(202);
  });
});

describe('an address that is held up', () => {
  const from = '203.0.113.7';

  it.each([
    ['no signature', undefined],
    ['what is no signature', 'sha256=abc'],
  ])('has no body read that comes with %s', async (_what, signature) => {
    const app = newApp();
    await holdUp(app, from);
    let read = 0;

    const reply = await send(app, { body: largeBody, ...(signature && { signature }), from, onRead: () => read++ });

    expect(reply).toMatchObject({ status: 429, json: { code: 'TooManyFailedAuthentications' } });
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
    expect(read).toBe(0);
  });

  it('still has every good delivery taken, the largest too', async () => {
    const app = newApp();
    await holdUp(app, from);

    expect((await send(app, { body: largeBody, signature: largeSignature, from })).status).toBe(202);
    expect((await send(app, { body: smallBody, signature: signGithub(smallBody, testSecret), from })).status).toBe(202);
  });

  it('has two of the largest bodies at once and no more, so that others have room', async () => {
    const app = newApp();
    await holdUp(app, from);
    app.archive.setFault({ kind: 'hang' });

    const held = await sendMany(app, 8, { body: largeBody, signature: largeSignature, from });
    const others = await sendMany(app, 6, { body: largeBody, signature: largeSignature, from: '198.51.100.1' });

    expect(held.map(({ status }) => status)).toEqual(Array(6).fill(503));
    expect(others).toEqual([]);
  });

  it('is told the very same whether its body was read or not', async () => {
    const app = newApp();
    await holdUp(app, from);

    const unread = await send(app, { body: smallBody, from });
    const read = await send(app, { body: smallBody, signature: wrong, from });

    const shape = ({ status, json }: Reply) => ({ status, json: { ...json, correlationId: '' } });
    expect(shape(unread)).toEqual(shape(read));
  });
});
