import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createMemoryApp, type MemoryApp } from '../../support/memory-app.js';

const page = (name: string): string => readFileSync(join(import.meta.dirname, '../../../docs', name), 'utf8');

const opened = {
  action: 'opened',
  pull_request: { number: 42 },
  repository: { full_name: 'octo-org/octo-repo', html_url: 'https://github.com/octo-org/octo-repo' },
};
const unavailable = { kind: 'error', code: 'unavailable' } as const;
const count = 20;

type Line = MemoryApp['lines'][number];

/** As long as in Azure, where ids and versions are longer than those of a test. */
const asDeployed = (line: Line): Line => ({
  ...line,
  correlationId: randomUUID(),
  durationMs: 123,
  ...('secretVersion' in line && { secretVersion: randomBytes(16).toString('hex') }),
});

const isOfWebhook = ({ event }: Line): boolean => String(event).startsWith('webhook.');

interface Case {
  readonly environment?: Readonly<Record<string, string>>;
  readonly fail?: (app: MemoryApp) => void;
  readonly secret?: string;
}

const failRouting = (app: MemoryApp): void => app.queue.setFault(unavailable);

const cases: Readonly<Record<string, Case>> = {
  'accepted, for two bots': {},
  'accepted while Blob Storage is away': { fail: ({ archive }) => archive.setFault(unavailable) },
  'deferred while Service Bus is away': { fail: failRouting, environment: { QUEUE_UNAVAILABLE: 'defer' } },
  'answered 503 while Service Bus is away': { fail: failRouting, environment: { QUEUE_UNAVAILABLE: 'reject' } },
  'rejected, with a wrong signature': { secret: 'a-secret-of-somebody-else' },
};

/** What so many webhooks leave once what fails has been noticed: the line in which a breaker opens is said once, not for each. */
const measure = async ({ fail, secret, environment = {} }: Case) => {
  const app = createMemoryApp({ environment });
  fail?.(app);
  const post = () => app.github('pull_request', opened, { delivery: randomUUID(), ...(secret && { secret }) });
  for (let warming = 0; warming < 6; warming += 1) await post();
  const before = app.lines.length;
  for (let posts = 0; posts < count; posts += 1) await post();
  return app.lines.slice(before);
};

const bytesOf = (lines: readonly Line[]): number =>
  lines.reduce((sum, line) => sum + Buffer.byteLength(JSON.stringify(asDeployed(line))), 0);

describe('how much is logged', () => {
  it.each(Object.entries(cases))('a webhook %s leaves one line, as long as the page says', async (what, each) => {
    const lines = await measure(each);

    const gigabytes = (bytesOf(lines) / count / 1_000).toFixed(2);
    expect(lines.filter(isOfWebhook)).toHaveLength(count);
    expect(lines).toHaveLength(count);
    expect(page('logs.md')).toContain(`| ${what} | ${gigabytes} |`);
  });

  it('the page has no other rows, and telemetry says the same of an ordinary webhook', async () => {
    const [, table = ''] = /\n\| webhook \|.*\n\|[- :|]+\n((?:\|.*\n)+)/.exec(page('logs.md')) ?? [];
    const named = [...table.matchAll(/^\| ([^|]+) \|/gm)].map(([, what = '']) => what);
    const kilobytes = (bytesOf(await measure({})) / count / 1_000).toFixed(2);

    expect(named).toEqual(Object.keys(cases));
    expect(page('telemetry.md')).toContain(`beside its log line of ${kilobytes} KB`);
  });

  it('is one line, one event and three calls in telemetry: as many items as the page of capacity says', async () => {
    const app = createMemoryApp();

    await app.github('pull_request', opened);

    const { lines, telemetry } = app;
    const items = lines.length + telemetry.events().length + telemetry.dependencies().length;
    expect(page('capacity.md')).toContain(`| Log Analytics: GB ingested | 3 | ${items} million items, `);
  });

  it('is one line for a run of the outbox, however many webhooks it delivers', async () => {
    const app = createMemoryApp({ environment: { QUEUE_UNAVAILABLE: 'defer' } });
    app.queue.setFault(unavailable);
    for (let posts = 0; posts < count; posts += 1) {
      await app.github('pull_request', opened, { delivery: randomUUID() });
    }
    app.queue.setFault(undefined);
    app.clock.advance(60_000);
    const before = app.telemetry.events().length;

    await app.drain();

    // Lines of level `debug`, which the host drops, are no events of telemetry.
    const said = app.telemetry
      .events()
      .slice(before)
      .map(({ name }) => name);
    expect(app.queue.messages('bot-notifier')).toHaveLength(count);
    expect(said.toSorted()).toEqual(['breaker.closed', 'breaker.half-opened', 'outbox.drained']);
  });
});
