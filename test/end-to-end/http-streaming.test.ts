import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localSecret } from '../support/github-client.js';
import { signGithub } from '../support/memory-app.js';
import { type RunningStack, startStack } from '../support/start-stack.js';

const payloadOf = (bytes: number): Buffer => Buffer.from(`{"action":"opened","padding":"${'x'.repeat(bytes)}"}`);

describe('with HTTP_STREAMING=on', () => {
  let stack: RunningStack;

  /** In chunks, without a `Content-Length`. */
  const postInChunks = (delivery: string, body: Buffer, secret = localSecret): Promise<Response> =>
    fetch(`${stack.hostUrl}/api/webhooks/github`, {
      method: 'POST',
      body: new Blob([new Uint8Array(body)]).stream(),
      duplex: 'half',
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'issues',
        'x-github-delivery': delivery,
        'x-hub-signature-256': signGithub(body, secret),
      },
    });

  beforeAll(async () => {
    stack = await startStack({ environment: { HTTP_STREAMING: 'on', MAX_PAYLOAD_BYTES: '5000000' } });
  });

  afterAll(async () => {
    await stack?.stop();
  });

  it('a delivery in chunks is taken whole, large or small', async () => {
    for (const bytes of [10, 3_000_000]) {
      const response = await postInChunks(`in-chunks-${bytes}`, payloadOf(bytes));

      expect(response.status).toBe(202);
      expect(await response.json()).toMatchObject({ archived: true, id: `in-chunks-${bytes}`, degraded: [] });
    }
  });

  it('a forged one is refused, and one above the limit is cut off', async () => {
    expect((await postInChunks('forged', payloadOf(10), 'another secret altogether')).status).toBe(401);
    expect((await postInChunks('too-large', payloadOf(6_000_000))).status).toBe(413);
  });
});
