import { describe, expect, it } from 'vitest';
import { createMemoryApp, type MemoryApp, type MemoryAppOptions } from '../../support/memory-app.js';
import type { Reply } from '../../support/post-webhook.js';

const wrong = 'another-secret-for-tests';
const retryAfterOf = ({ headers }: Reply): number => Number(headers['retry-after']);

/** One delivery that does not verify, from a caller that the platform saw at `address`. */
const forge = (memory: MemoryApp, address = '203.0.113.7:51234'): Promise<Reply> =>
  memory.github('issues', {}, { secret: wrong, headers: { 'x-forwarded-for': address } });

const forgeTen = async (memory: MemoryApp, address?: string): Promise<readonly number[]> => {
  const statuses: number[] = [];
  for (let count = 0; count < 10; count += 1) statuses.push((await forge(memory, address)).status);
  return statuses;
};

const heldUp = async (options?: MemoryAppOptions): Promise<MemoryApp> => {
  const memory = createMemoryApp(options);
  await forgeTen(memory);
  return memory;
};

describe('receive webhook: failed authentications', () => {
  it('ten from one address are told as what they are, the eleventh is told to wait', async () => {
    const memory = createMemoryApp();

    expect(await forgeTen(memory)).toEqual(Array.from({ length: 10 }, () => 401));
    memory.clock.advance(10_500);
    const reply = await forge(memory);

    expect(reply.status).toBe(429);
    expect(retryAfterOf(reply)).toBe(290);
    expect(reply.headers['content-type']).toBe('application/problem+json');
    expect(reply.json).toMatchObject({ code: 'TooManyFailedAuthentications', status: 429, retryAfterSeconds: 290 });
  });

  it('who waits as long as it was told gets 401 again', async () => {
    const memory = await heldUp();

    memory.clock.advance(retryAfterOf(await forge(memory)) * 1_000);

    expect((await forge(memory)).status).toBe(401);
  });

  it('a good signature from that very address is taken all the while', async () => {
    const memory = await heldUp();
    const headers = { 'x-forwarded-for': '203.0.113.7:51234' };

    const statuses: number[] = [];
    for (let count = 0; count < 20; count += 1) {
      statuses.push((await forge(memory)).status);
      statuses.push((await memory.github('issues', {}, { delivery: `good-${count}`, headers })).status);
    }

    expect(statuses).toEqual(Array.from({ length: 20 }, () => [429, 202]).flat());
  });

  it.each([
    ['entries of its own before the last one', (count: number) => `198.51.100.${count}, 203.0.113.7:51234`],
    ['another port for each connection', (count: number) => `203.0.113.7:${50_000 + count}`],
    ['the same address written as IPv6', (count: number) => `[::ffff:203.0.113.7]:${count + 1}`],
  ])('a caller does not get away by %s', async (_how, forwarded) => {
    const memory = await heldUp();

    for (let count = 0; count < 5; count += 1) {
      expect((await forge(memory, forwarded(count))).status).toBe(429);
    }
  });

  it.each([
    '',
    'junk',
    '203.0.113.7, unknown',
  ])('callers without an address of the platform share one count (%j)', async (none) => {
    const memory = createMemoryApp();
    await forgeTen(memory, none);

    expect((await forge(memory, 'other junk')).status).toBe(429);
    expect((await forge(memory, '203.0.113.7:1')).status).toBe(401);
  });

  it('the answer says nothing of what was wrong', async () => {
    const memory = await heldUp();
    const bodies = new Set<string>();
    for (const signature of ['', 'sha256=', `sha256=${'0'.repeat(64)}`, 'sha1=x']) {
      const headers = { 'x-forwarded-for': '203.0.113.7:1', 'x-hub-signature-256': signature };
      const { json } = await memory.github('issues', {}, { headers });
      bodies.add(JSON.stringify({ ...json, correlationId: '' }));
    }

    expect(bodies.size).toBe(1);
  });

  it('a secret that cannot be read is nobody’s failure', async () => {
    const memory = createMemoryApp();
    memory.secrets.setFault({ kind: 'fail', code: 'unavailable' });
    for (let count = 0; count < 20; count += 1) await forge(memory);
    memory.secrets.setFault({ kind: 'none' });
    memory.clock.advance(120_000);

    expect((await forge(memory)).status).toBe(401);
  });

  it('each is one log line with its reason, and no address', async () => {
    const memory = await heldUp();
    await forge(memory);

    expect(memory.lines.at(-1)).toMatchObject({
      event: 'webhook.rejected',
      code: 'TooManyFailedAuthentications',
      reason: 'signature',
      provider: 'github',
    });
    expect(JSON.stringify(memory.lines)).not.toContain('203.0.113');
  });
});
