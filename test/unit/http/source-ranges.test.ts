import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import type { Download } from '../../../src/source-ranges/download-text.js';
import { createMemoryApp, type MemoryApp } from '../../support/memory-app.js';
import { callHandler, type Reply } from '../../support/post-webhook.js';

const inside = '192.30.252.44:51234';
const outside = '203.0.113.7:51234';

const published: Download = { kind: 'text', text: JSON.stringify({ hooks: ['192.30.252.0/22', '2a0a:a440::/29'] }) };

const appWith = (ranges: string | undefined, downloadGithubMeta?: () => Promise<Download>): MemoryApp =>
  createMemoryApp({
    ...(ranges !== undefined && { environment: { SOURCE_RANGES_GITHUB: ranges } }),
    ...(downloadGithubMeta !== undefined && { downloadGithubMeta }),
  });

let deliveries = 0;
const deliver = (memory: MemoryApp, forwarded: string, secret?: string): Promise<Reply> => {
  deliveries += 1;
  const headers = { 'x-forwarded-for': forwarded };
  return memory.github('issues', {}, { delivery: `from-${deliveries}`, headers, ...(secret && { secret }) });
};

const statusFrom = async (memory: MemoryApp, forwarded: string): Promise<number> =>
  (await deliver(memory, forwarded)).status;

const eventsOf = ({ lines }: MemoryApp): readonly unknown[] => lines.map(({ event }) => event);

const healthOf = async ({ app }: MemoryApp): Promise<unknown> => {
  const request = new HttpRequest({ method: 'GET', url: 'http://localhost/api/health/deep' });
  return (await callHandler(app.deepHealth, request)).json?.['sourceRanges'];
};

describe('source ranges of one’s own', () => {
  it('without any, deliveries come from everywhere', async () => {
    const memory = appWith(undefined);

    expect([await statusFrom(memory, outside), await statusFrom(memory, '')]).toEqual([202, 202]);
    expect(await healthOf(memory)).toEqual({});
  });

  it('a good signature is taken from inside and refused from elsewhere', async () => {
    const memory = appWith('192.30.252.0/22, 2001:db8::/32');

    expect(await statusFrom(memory, inside)).toBe(202);
    expect(await statusFrom(memory, '[2001:db8:1::1]:443')).toBe(202);
    expect(await statusFrom(memory, outside)).toBe(401);
    expect(memory.archive.names()).toHaveLength(2);
  });

  it('a wrong signature is refused from inside too', async () => {
    const memory = appWith('192.30.252.0/22');

    expect((await deliver(memory, inside, 'another-secret-for-tests')).status).toBe(401);
  });

  it('the refusal is the very same as that of a wrong signature; only the log and the metrics know', async () => {
    const memory = appWith('192.30.252.0/22');

    const bySource = await deliver(memory, outside);
    const bySignature = await deliver(memory, inside, 'another-secret-for-tests');

    expect(bySource.body).toBe(bySignature.body);
    expect(memory.lines.map(({ reason }) => reason)).toEqual(['source', 'signature']);
  });

  it('entries of the caller’s own before the last hop open nothing', async () => {
    const memory = appWith('192.30.252.0/22');

    expect(await statusFrom(memory, `${inside}, ${outside}`)).toBe(401);
  });

  it.each(['', 'junk', `${inside}, unknown`])('a caller without an address is in no range (%j)', async (forwarded) => {
    expect(await statusFrom(appWith('192.30.252.0/22'), forwarded)).toBe(401);
  });

  it('ten good signatures from outside are held up like any other failure', async () => {
    const memory = appWith('192.30.252.0/22');
    for (let count = 0; count < 10; count += 1) await deliver(memory, outside);

    expect(await statusFrom(memory, outside)).toBe(429);
    expect(await statusFrom(memory, inside)).toBe(202);
  });
});

describe('github-meta', () => {
  it('before the list was ever read every delivery with a good signature is accepted, and it is said', async () => {
    const memory = appWith('github-meta');

    expect(await statusFrom(memory, outside)).toBe(202);
    expect((await deliver(memory, outside, 'another-secret-for-tests')).status).toBe(401);
    expect(eventsOf(memory)).toContain('source-ranges.unknown');
    expect(await healthOf(memory)).toEqual({ github: { enforced: false, ranges: 0, listReadAt: null } });
  });

  it('once the timer has read it, it holds', async () => {
    const memory = appWith('github-meta', async () => published);

    await memory.refreshSourceRanges();

    expect(await statusFrom(memory, inside)).toBe(202);
    expect(await statusFrom(memory, '[2a0a:a440::1]:443')).toBe(202);
    expect([await statusFrom(memory, outside), await statusFrom(memory, 'junk')]).toEqual([401, 401]);
    expect(await healthOf(memory)).toEqual({
      github: { enforced: true, ranges: 2, listReadAt: '2026-01-01T00:00:00.000Z' },
    });
  });

  it('stands beside ranges of one’s own', async () => {
    const memory = appWith('github-meta, 203.0.113.0/24', async () => published);
    await memory.refreshSourceRanges();

    expect(await statusFrom(memory, inside)).toBe(202);
    expect(await statusFrom(memory, outside)).toBe(202);
    expect(await statusFrom(memory, '198.51.100.1:1')).toBe(401);
  });

  it.each<Download>([
    { kind: 'failed', reason: 'unreachable' },
    { kind: 'failed', reason: 'timeout' },
    { kind: 'failed', reason: 'too-large' },
    { kind: 'text', text: '<html>' },
    { kind: 'text', text: '{"hooks":[]}' },
    { kind: 'text', text: '{"hooks":["0.0.0.0/0"]}' },
  ])('a refresh that ends in %j leaves the last good list as it was', async (answer) => {
    let next: Download = published;
    const memory = appWith('github-meta', async () => next);
    await memory.refreshSourceRanges();

    next = answer;
    memory.clock.advance(1_800_000);
    await memory.refreshSourceRanges();

    expect([await statusFrom(memory, inside), await statusFrom(memory, outside)]).toEqual([202, 401]);
    expect(memory.lines).toContainEqual(
      expect.objectContaining({
        event: 'source-ranges.refresh-failed',
        reason: answer.kind === 'failed' ? answer.reason : 'not-a-list',
      }),
    );
  });

  it('a range that GitHub adds is in force after the next refresh, one that it drops is not', async () => {
    let next: Download = published;
    const memory = appWith('github-meta', async () => next);
    await memory.refreshSourceRanges();

    next = { kind: 'text', text: '{"hooks":["203.0.113.0/24"]}' };
    memory.clock.advance(1_800_000);
    await memory.refreshSourceRanges();

    expect([await statusFrom(memory, inside), await statusFrom(memory, outside)]).toEqual([401, 202]);
  });

  it('an instance that starts while GitHub is away uses the list that another one has stored', async () => {
    const memory = appWith('github-meta');
    const never = new AbortController().signal;
    await memory.publishedLists.write({ readAt: '2025-12-31T00:00:00.000Z', ranges: ['192.30.252.0/22'] }, never);

    expect([await statusFrom(memory, inside), await statusFrom(memory, outside)]).toEqual([202, 401]);
  });

  it('an instance learns of a newer list that another one has stored within ten minutes', async () => {
    const memory = appWith('github-meta', async () => published);
    const never = new AbortController().signal;
    await memory.refreshSourceRanges();
    await memory.publishedLists.write({ readAt: '2026-01-01T00:05:00.000Z', ranges: ['203.0.113.0/24'] }, never);

    const before = await statusFrom(memory, outside);
    memory.clock.advance(600_000);

    expect([before, await statusFrom(memory, outside)]).toEqual([401, 202]);
  });

  it('a known list is kept while storage is away', async () => {
    const memory = appWith('github-meta', async () => published);
    await memory.refreshSourceRanges();
    memory.publishedLists.setFault('unavailable');
    memory.clock.advance(3_600_000);

    expect([await statusFrom(memory, inside), await statusFrom(memory, outside)]).toEqual([202, 401]);
  });

  it('without a list the store is asked once in thirty seconds, not for each delivery', async () => {
    const memory = appWith('github-meta');
    for (let count = 0; count < 20; count += 1) await deliver(memory, outside);
    const atOnce = eventsOf(memory).filter((event) => event === 'source-ranges.unknown').length;
    memory.clock.advance(30_000);
    await deliver(memory, outside);

    expect([atOnce, eventsOf(memory).filter((event) => event === 'source-ranges.unknown').length]).toEqual([1, 2]);
  });

  it('a list that has not changed is stored again once a day only', async () => {
    const memory = appWith('github-meta', async () => published);
    const stored = async () => (await memory.publishedLists.read(new AbortController().signal))?.readAt;
    const times: unknown[] = [];
    for (let hour = 0; hour <= 24; hour += 12) {
      await memory.refreshSourceRanges();
      times.push(await stored());
      memory.clock.advance(12 * 3_600_000);
    }

    expect(times).toEqual(['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z']);
  });

  it('a store that cannot be written leaves the list in force here, and a warning', async () => {
    const memory = appWith('github-meta', async () => published);
    memory.publishedLists.setFault('unavailable');
    await memory.refreshSourceRanges();

    expect(await statusFrom(memory, outside)).toBe(401);
    expect(memory.lines).toContainEqual(
      expect.objectContaining({ event: 'source-ranges.not-stored', reason: 'operation-failed' }),
    );
  });
});
