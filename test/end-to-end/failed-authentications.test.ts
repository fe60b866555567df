import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { localSecret, postGithub } from '../support/github-client.js';
import { signGithub } from '../support/memory-app.js';
import { type RunningStack, startStack } from '../support/start-stack.js';

const forged = `sha256=${'0'.repeat(64)}`;
let deliveries = 0;

const post = (stack: RunningStack, headers: Readonly<Record<string, string>> = {}): Promise<Response> => {
  deliveries += 1;
  return postGithub(stack.hostUrl, { event: 'push', body: '{}', delivery: `delivery-${deliveries}`, headers });
};

const forge = (stack: RunningStack, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  post(stack, { 'x-hub-signature-256': forged, ...headers });

/** From another address of this machine: every one in 127.0.0.0/8 is, on Linux and Windows. */
const forgeFrom = async (stack: RunningStack, localAddress: string): Promise<number | undefined> => {
  const headers = { 'content-type': 'application/json', 'x-github-event': 'push', 'x-hub-signature-256': forged };
  const sent = request(`${stack.hostUrl}/api/webhooks/github`, { method: 'POST', headers, localAddress }).end('{}');
  const [response] = await once(sent, 'response');
  response.resume();
  return response.statusCode;
};

describe('failed authentications through the running stack', () => {
  let stack: RunningStack;

  beforeAll(async () => {
    stack = await startStack();
  });

  afterAll(async () => {
    await stack?.stop();
  });

  test('the eleventh from one address is told to wait, while good deliveries from there are taken', async () => {
    const statuses: number[] = [];
    for (let count = 0; count < 10; count += 1) {
      statuses.push((await forge(stack)).status, (await post(stack)).status);
    }
    const eleventh = await forge(stack);
    const problem = JSON.parse(await eleventh.text());

    expect(statuses).toEqual(Array.from({ length: 10 }, () => [401, 202]).flat());
    expect(eleventh.status).toBe(429);
    expect(problem).toMatchObject({ code: 'TooManyFailedAuthentications', status: 429 });
    expect(Number(eleventh.headers.get('retry-after'))).toBe(problem.retryAfterSeconds);
    expect(problem.retryAfterSeconds).toBeGreaterThan(0);
    expect(problem.retryAfterSeconds).toBeLessThanOrEqual(300);
    expect((await post(stack)).status).toBe(202);
  });

  test("the caller's own X-Forwarded-For is no way out", async () => {
    for (const forwarded of ['198.51.100.1', '198.51.100.2:443, 198.51.100.3', '[2001:db8::1]:443', 'junk']) {
      expect((await forge(stack, { 'x-forwarded-for': forwarded })).status).toBe(429);
    }
  });

  test.skipIf(process.platform === 'darwin')('another address has a count of its own', async () => {
    expect(await forgeFrom(stack, '127.0.0.2')).toBe(401);
    expect(await forgeFrom(stack, '127.0.0.1')).toBe(429);
  });
});

describe('source ranges through the running stack', () => {
  let stateDirectory: string;
  let stack: RunningStack | undefined;
  let server: Server | undefined;
  let hooks: unknown;

  beforeAll(async () => {
    stateDirectory = await mkdtemp(join(tmpdir(), 'breakwater-ranges-'));
  });

  afterEach(async () => {
    await stack?.stop();
    server?.closeAllConnections();
    server?.close();
  });

  afterAll(() => rm(stateDirectory, { recursive: true, force: true }));

  const publish = async (): Promise<string> => {
    server = createServer((_request, response) => response.end(JSON.stringify({ hooks }))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/meta`;
  };

  const start = async (GITHUB_META_URL: string): Promise<RunningStack> => {
    stack = await startStack({ stateDirectory, environment: { SOURCE_RANGES_GITHUB: 'github-meta', GITHUB_META_URL } });
    return stack;
  };

  /** Calls the timer as an operator does, and waits until what it read is in force. */
  const refresh = async ({ hostUrl }: RunningStack, ranges: number): Promise<void> => {
    await fetch(`${hostUrl}/admin/functions/refreshSourceRanges`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"input":""}',
    });
    await expect.poll(() => healthOf(hostUrl)).toMatchObject({ github: { enforced: true, ranges } });
  };

  const healthOf = async (hostUrl: string): Promise<unknown> =>
    JSON.parse(await (await fetch(`${hostUrl}/api/health/deep`)).text()).sourceRanges;

  test("GitHub's list is read by the timer, holds, and outlives both GitHub's absence and a restart", async () => {
    const url = await publish();
    const first = await start(url);
    hooks = ['127.0.0.0/16', '192.30.252.0/22'];
    const unknown = (await post(first)).status;
    await refresh(first, 2);
    const inside = (await post(first)).status;
    hooks = ['192.30.252.0/22'];
    await refresh(first, 1);
    const outside = (await post(first)).status;
    await first.stop();
    server?.closeAllConnections();
    server?.close();
    const second = await start(url);

    const restarted = (await post(second)).status;

    expect({ unknown, inside, outside, restarted }).toEqual({
      unknown: 202,
      inside: 202,
      outside: 401,
      restarted: 401,
    });
    expect(second.output()).toContain('"reason":"source"');
    expect(second.output()).not.toContain(signGithub(Buffer.from('{}'), localSecret));
  });
});
