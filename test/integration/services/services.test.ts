import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { schnorr } from '@noble/curves/secp256k1.js';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket as Peer, WebSocketServer } from 'ws';
import { CommandQueue } from '../../../examples/services/command-queue.js';
import { createPublishing, type PublishingParts } from '../../../examples/services/composite-operation.js';
import { listMarkdown } from '../../../examples/services/content-api.js';
import { createContentBot } from '../../../examples/services/content-bot.js';
import { createFileService } from '../../../examples/services/file-service.js';
import { createGithubContents } from '../../../examples/services/github-contents.js';
import { reportHealth } from '../../../examples/services/health-report.js';
import { createMemoryMetadataStore } from '../../../examples/services/metadata-store.js';
import { createNostrIdentity } from '../../../examples/services/nostr-identity.js';
import { createOrchestrator } from '../../../examples/services/orchestrator.js';
import { gather } from '../../../examples/services/parallel-sources.js';
import { createPerplexity } from '../../../examples/services/perplexity.js';
import { createRagflow } from '../../../examples/services/ragflow.js';
import { createServicePool } from '../../../examples/services/service-pool.js';
import { createSpeech } from '../../../examples/services/speech.js';
import { inTiers, lastKnown } from '../../../examples/services/tiers.js';
import type { HttpResult } from '../../../src/guarded-http/guarded-http.js';
import { type Answer, json, type LocalService, startService } from './local-service.js';

const services: LocalService[] = [];

const start = async (answer: Answer): Promise<LocalService> => {
  const service = await startService(answer);
  services.push(service);
  return service;
};

afterEach(() => {
  for (const service of services.splice(0)) service.close();
});

const kindOf = (result: HttpResult<unknown>): string => (result.ok ? 'ok' : result.error.kind);

/** A repository with two Markdown files and a picture. */
const github: Answer = (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const file = (path: string, text: string) => ({
    path,
    sha: createHash('sha1').update(text).digest('hex'),
    encoding: 'base64',
    content: Buffer.from(text).toString('base64'),
  });
  if (pathname.endsWith('/commits'))
    return json(response, [
      { commit: { committer: { date: `2026-01-0${searchParams.get('path')?.length ?? 1}T00:00:00Z` } } },
    ]);
  if (pathname.endsWith('/contents/docs'))
    return json(response, [
      { name: 'a.md', path: 'docs/a.md', sha: '1', type: 'file' },
      { name: 'b.md', path: 'docs/b.md', sha: '2', type: 'file' },
      { name: 'c.png', path: 'docs/c.png', sha: '3', type: 'file' },
    ]);
  const path = decodeURIComponent(pathname.split('/contents/')[1] ?? '');
  if (path.endsWith('.md')) return json(response, file(path, `# ${path}\n`));
  return response.writeHead(404).end('{}');
};

describe('GitHub contents', () => {
  const client = (url: string, token: string | undefined = 't') =>
    createGithubContents({ repository: 'octo-org/octo-repo', token, baseUrl: url });

  it('gives a folder’s Markdown files with hash and date', async () => {
    const { url } = await start(github);

    const files = await listMarkdown(client(url), 'docs');

    expect(
      files.ok && files.value.map(({ path, sha, changedAt, text }) => [path, sha.length, changedAt, text]),
    ).toEqual([
      ['docs/a.md', 40, '2026-01-09T00:00:00Z', '# docs/a.md\n'],
      ['docs/b.md', 40, '2026-01-09T00:00:00Z', '# docs/b.md\n'],
    ]);
  });

  it('waits by itself when the limit is used up', async () => {
    const service = await start((_request, response) =>
      response.writeHead(403, { 'x-ratelimit-remaining': '0', 'retry-after': '60' }).end(),
    );
    const contents = client(service.url);

    const results = [await contents.list('docs'), await contents.read('docs/a.md')];

    expect([results.map(kindOf), service.asked.length]).toEqual([['throttled', 'throttled'], 1]);
    expect(contents.health().status).toBe('Degraded');
  });

  it('an answer of another shape is a fault, and a token that is missing is said', async () => {
    const service = await start((_request, response) => json(response, { surprise: true }));

    expect(kindOf(await client(service.url).list('docs'))).toBe('refused');
    expect(
      kindOf(await createGithubContents({ repository: 'o/r', token: undefined, baseUrl: service.url }).list('x')),
    ).toBe('not-configured');
  });
});

describe('the bot that follows content', () => {
  const push = (...commits: readonly { added?: string[]; modified?: string[]; removed?: string[] }[]): Buffer =>
    Buffer.from(
      JSON.stringify({
        after: 'abc',
        commits: commits.map((each) => ({ added: [], modified: [], removed: [], ...each })),
      }),
    );
  const attributes = { type: 'github.push' };

  it('stores what a push changed, removes what it removed, and may see the event twice', async () => {
    const { url } = await start(github);
    const store = createMemoryMetadataStore();
    const contents = createGithubContents({ repository: 'o/r', token: 't', baseUrl: url });
    const bot = createContentBot({ contents, store });
    const event = Object({ attributes });
    await store.put({ path: 'old.md', sha: 's', bytes: 1, commit: 'c' });
    const payload = push({ added: ['docs/a.md', 'x.png'], removed: ['old.md'] }, { modified: ['docs/a.md'] });

    const updates = [await bot(event, payload), await bot(event, payload)];

    expect(updates).toEqual([
      { updated: ['docs/a.md'], removed: ['old.md'] },
      { updated: ['docs/a.md'], removed: ['old.md'] },
    ]);
    expect([await store.get('docs/a.md'), await store.get('old.md')]).toMatchObject([
      { bytes: 12, commit: 'abc' },
      undefined,
    ]);
  });

  it('gives the event back when a file cannot be read', async () => {
    const service = await start(github);
    service.fault = 500;
    const contents = createGithubContents({ repository: 'o/r', token: 't', baseUrl: service.url });
    const bot = createContentBot({ contents, store: createMemoryMetadataStore() });

    await expect(bot(Object({ attributes }), push({ added: ['docs/a.md'] }))).rejects.toMatchObject({
      kind: 'refused',
    });
  });

  it('leaves other events alone', async () => {
    const contents = createGithubContents({ repository: 'o/r', token: undefined });
    const bot = createContentBot({ contents, store: createMemoryMetadataStore() });

    expect(await bot(Object({ attributes: { type: 'github.issues.opened' } }), Buffer.from('{}'))).toBeUndefined();
  });
});

describe('RAGFlow', () => {
  const answer = (text: string) => ({ code: 0, data: { answer: text, session_id: 's1' } });

  it('answers at once, and as a stream that is cut anywhere', async () => {
    const service = await start((_request, response, body) => {
      if (JSON.parse(body.toString()).stream !== true) return json(response, answer('forty-two'));
      const text = [answer('forty'), answer('forty-twö'), { code: 0, data: true }]
        .map((event) => `data:${JSON.stringify(event)}\n\n`)
        .join('');
      const bytes = Buffer.from(text);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (let at = 0; at < bytes.length; at += 7) response.write(bytes.subarray(at, at + 7));
      return response.end();
    });
    const ragflow = createRagflow({ baseUrl: service.url, apiKey: 'k', chatId: 'c/1' });

    const whole = await ragflow.ask('?');
    const stream = await ragflow.askStream('?', 's1');
    const texts: string[] = [];
    if (stream.ok) for await (const text of stream.value) texts.push(text);

    expect(whole).toEqual({ ok: true, value: { text: 'forty-two', sessionId: 's1' } });
    expect(texts).toEqual(['forty', 'forty-twö']);
    expect(service.asked[0]).toBe('POST /api/v1/chats/c%2F1/completions');
  });

  it('opens its breaker after five faults, and says so', async () => {
    const service = await start((_request, response) => json(response, {}));
    service.fault = 503;
    const ragflow = createRagflow({ baseUrl: service.url, apiKey: 'k', chatId: 'c' });

    for (let n = 0; n < 5; n += 1) await ragflow.ask('?');

    expect(kindOf(await ragflow.ask('?'))).toBe('circuit-open');
    expect(service.asked).toHaveLength(5);
    expect(ragflow.health().reasons).toEqual(['ragflow:chat is Open, last failure: status-503']);
  });
});

describe('Perplexity', () => {
  it('answers with its citations, and is not configured without a key', async () => {
    const service = await start((_request, response) =>
      json(response, { choices: [{ message: { content: 'Yes.' } }], citations: ['https://example.org'] }),
    );

    const found = await createPerplexity({ apiKey: 'k', baseUrl: service.url }).query('?');
    const none = createPerplexity({ apiKey: undefined });

    expect(found).toEqual({ ok: true, value: { text: 'Yes.', citations: ['https://example.org'] } });
    expect([kindOf(await none.query('?')), none.health().status]).toEqual(['not-configured', 'NotConfigured']);
  });
});

describe('speech', () => {
  it('comes from the second provider when the first fails, both ways', async () => {
    const first = await start((_request, response) => response.end());
    first.fault = 500;
    const second = await start((request, response, body) =>
      request.url === '/audio/speech'
        ? response.end(Buffer.from('RIFF'))
        : json(response, { text: `${body.includes('RIFF')}` }),
    );
    const provider = (name: string, baseUrl: string) => ({ name, baseUrl, apiKey: 'k', voice: 'v' });
    const speech = createSpeech([provider('one', first.url), provider('two', second.url)]);

    const spoken = await speech.speak('hello');
    const heard = await speech.transcribe(new Blob(['RIFF']));

    expect(
      spoken.ok && [spoken.value.from, new TextDecoder().decode(spoken.value.value), spoken.value.failed.length],
    ).toEqual(['two', 'RIFF', 1]);
    expect(heard.ok && [heard.value.from, heard.value.value]).toEqual(['two', 'true']);
  });
});

describe('tiers', () => {
  it('end with what was last known, and with the first fault when nothing is', async () => {
    const service = await start((_request, response) =>
      json(response, { choices: [{ message: { content: 'fresh' } }] }),
    );
    const perplexity = createPerplexity({ apiKey: 'k', baseUrl: service.url });
    const known = lastKnown<string>();
    const primary = {
      name: 'primary',
      ask: async (): Promise<HttpResult<string>> => {
        const found = await perplexity.query('?');
        if (!found.ok) return found;
        known.remember(found.value.text);
        return { ok: true, value: found.value.text };
      },
    };

    const fresh = await inTiers([primary, known]);
    service.fault = 404;
    const stale = await inTiers([primary, known]);
    const nothing = await inTiers([primary, lastKnown<string>()]);

    expect([fresh, stale].map((each) => each.ok && [each.value.value, each.value.from])).toEqual([
      ['fresh', 'primary'],
      ['fresh', 'last known'],
    ]);
    expect(kindOf(nothing)).toBe('refused');
  });
});

describe('parallel sources', () => {
  it('give what there is, and name what is missing', async () => {
    const good = await start((_request, response) => json(response, { choices: [{ message: { content: 'a' } }] }));
    const ask = (url: string) => async () => createPerplexity({ apiKey: 'k', baseUrl: url }).query('?');

    const gathered = await gather({ good: ask(good.url), bad: ask('http://127.0.0.1:47') });

    expect(gathered.found.map(({ from }) => from)).toEqual(['good']);
    expect(gathered.missing.map(({ from, error }) => [from, error.kind])).toEqual([['bad', 'unreachable']]);
  });
});

describe('files', () => {
  it('are kept with their metadata, which never names a file that is not there', async () => {
    const held = new Map<string, Buffer>();
    const service = await start((request, response, body) => {
      if (request.method === 'PUT') held.set(request.url ?? '', body);
      response.end(held.get(request.url ?? ''));
    });
    const store = createMemoryMetadataStore();
    const files = createFileService({ baseUrl: service.url, store });

    const put = await files.upload('a.txt', new TextEncoder().encode('hello'));
    const got = await files.download('a.txt');
    service.fault = 400;
    const refused = await files.upload('b.txt', new TextEncoder().encode('x'));

    expect(put.ok && put.value.bytes).toBe(5);
    expect(got.ok && new TextDecoder().decode(got.value)).toBe('hello');
    expect([kindOf(refused), await store.get('b.txt')]).toEqual(['refused', undefined]);
  });
});

describe('one operation over four breakers', () => {
  const parts = (changes: Partial<PublishingParts> = {}): PublishingParts => ({
    render: async (markdown) => `<p>${markdown}</p>`,
    illustrate: async () => 'picture.png',
    store: async () => 'https://example.org/1',
    announce: async () => {},
    ...changes,
  });
  const fails = async (): Promise<never> => {
    throw new Error('down');
  };

  it('leaves out what it can do without', async () => {
    const whole = await createPublishing(parts()).publish('x');
    const partly = await createPublishing(parts({ illustrate: fails, announce: fails })).publish('x');

    expect([whole, partly]).toEqual([
      { ok: true, address: 'https://example.org/1', without: [] },
      { ok: true, address: 'https://example.org/1', without: ['picture', 'announcement'] },
    ]);
  });

  it('begins nothing that it cannot end', async () => {
    let rendered = 0;
    const render = async () => {
      rendered += 1;
      return '';
    };
    const { publish } = createPublishing(parts({ render, store: fails }));
    for (let n = 0; n < 5; n += 1) await publish('x');

    const refused = await publish('x');

    expect([refused, rendered]).toMatchObject([{ ok: false, step: 'store', error: { kind: 'circuit-open' } }, 5]);
  });
});

describe('a pool', () => {
  it('takes turns, and asks another when one fails', async () => {
    const asked: string[] = [];
    const member = (name: string, status: 'Healthy' | 'Unhealthy', result: HttpResult<string>) => ({
      name,
      health: () => ({ status, reasons: [] }),
      ask: async () => {
        asked.push(name);
        return result;
      },
    });
    const fault = await createPerplexity({ apiKey: undefined }).query('?');
    if (fault.ok) throw new Error('unreachable');
    const pool = createServicePool<string, string>([
      member('a', 'Healthy', { ok: true, value: 'A' }),
      member('b', 'Healthy', fault),
      member('c', 'Unhealthy', { ok: true, value: 'C' }),
    ]);

    const results = [await pool.ask('?'), await pool.ask('?'), await pool.ask('?')];

    expect(results.map(kindOf)).toEqual(['ok', 'ok', 'ok']);
    expect(asked).toEqual(['a', 'b', 'a', 'a']);
  });
});

describe('health', () => {
  it('is one report: what must work decides, what is not configured is no fault', async () => {
    const service = await start((_request, response) => json(response, {}));
    service.fault = 500;
    const broken = createRagflow({ baseUrl: service.url, apiKey: 'k', chatId: 'c' });
    for (let n = 0; n < 5; n += 1) {
      await broken.ask('?');
      await broken.askStream('?');
    }
    const none = createPerplexity({ apiKey: undefined });

    expect(reportHealth([none]).status).toBe('NotConfigured');
    expect(reportHealth([broken, none]).status).toBe('Degraded');
    expect(reportHealth([broken, none], ['ragflow']).status).toBe('Unhealthy');
  });
});

describe('Nostr identity', () => {
  const secret = new Uint8Array(32).fill(7);
  const pubkey = Buffer.from(schnorr.getPublicKey(secret)).toString('hex');
  const nowMs = Date.parse('2026-01-01T00:00:00Z');

  const signed = (challenge: string, changes: Record<string, unknown> = {}) => {
    const event = {
      pubkey,
      created_at: nowMs / 1_000,
      kind: 22_242,
      tags: [['challenge', challenge]],
      content: '',
      ...changes,
    };
    const text = JSON.stringify([0, event.pubkey, event.created_at, event.kind, event.tags, event.content]);
    const id = createHash('sha256').update(text).digest();
    return { ...event, id: id.toString('hex'), sig: Buffer.from(schnorr.sign(id, secret)).toString('hex') };
  };

  it('logs in whoever signed the challenge, once, and ends the session in time', () => {
    let now = nowMs;
    const identity = createNostrIdentity({
      powerUsers: [pubkey],
      nowMs: () => now,
      maxAgeMs: 60_000,
      sessionMs: 3_600_000,
    });
    const event = signed(identity.challenge());

    const login = identity.logIn(event);
    const again = identity.logIn(event);
    const session = login.ok ? login.session : '';
    const before = identity.whoIs(session);
    now += 3_600_000;

    expect(login).toMatchObject({ ok: true, pubkey, isPowerUser: true });
    expect(again).toEqual({ ok: false, reason: 'wrong-challenge' });
    expect([before, identity.whoIs(session), identity.whoIs('made-up')]).toEqual([pubkey, undefined, undefined]);
  });

  it('refuses what was changed, is old, or is no event', () => {
    const identity = createNostrIdentity({ powerUsers: [], nowMs: () => nowMs, maxAgeMs: 60_000, sessionMs: 1 });
    const event = signed(identity.challenge());

    expect([
      identity.logIn({ ...event, content: 'changed' }),
      identity.logIn({ ...event, sig: '0'.repeat(128) }),
      identity.logIn(signed(identity.challenge(), { created_at: nowMs / 1_000 - 61 })),
      identity.logIn('hello'),
    ]).toEqual(['wrong-signature', 'wrong-signature', 'stale', 'malformed'].map((reason) => ({ ok: false, reason })));
  });
});

describe('the orchestrator', () => {
  it('is told who connects, gets commands in order after it was away, and is heard', async () => {
    const heard: unknown[] = [];
    const telemetry: unknown[] = [];
    const serve = async (port: number): Promise<WebSocketServer> => {
      const server = new WebSocketServer({ port, host: '127.0.0.1' });
      server.on('connection', (peer: Peer) => {
        peer.on('message', (data) => heard.push(JSON.parse(String(data))));
        peer.send(JSON.stringify({ bots: heard.length }));
      });
      await once(server, 'listening');
      return server;
    };
    const stop = async (server: WebSocketServer): Promise<void> => {
      for (const peer of server.clients) peer.terminate();
      await new Promise((done) => server.close(done));
    };
    const first = await serve(0);
    const address = first.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const orchestrator = createOrchestrator({
      url: `ws://127.0.0.1:${port}`,
      botName: 'warden',
      onTelemetry: (each) => telemetry.push(each),
      maxCommands: 2,
      firstPauseMs: 20,
    });
    await expect.poll(() => orchestrator.health().status).toBe('Healthy');
    await expect.poll(() => [heard.length, telemetry.length]).toEqual([1, 1]);

    await stop(first);
    await expect.poll(() => orchestrator.health().status).not.toBe('Healthy');
    const added = [1, 2, 3].map((n) => orchestrator.send({ n }));
    const second = await serve(port);
    await expect.poll(() => [heard.length, telemetry.length]).toEqual([4, 2]);
    orchestrator.close();
    await stop(second);

    expect(added).toEqual(['added', 'added', 'full']);
    expect(heard).toEqual([
      { kind: 'initialize', bot: 'warden' },
      { kind: 'initialize', bot: 'warden' },
      { n: 1 },
      { n: 2 },
    ]);
    expect(telemetry.length).toBe(2);
  });

  it('without an address refuses commands', () => {
    const orchestrator = createOrchestrator({ url: undefined, botName: 'x', onTelemetry: () => {} });

    expect([orchestrator.send({}), orchestrator.health().status]).toEqual(['not-configured', 'NotConfigured']);
  });
});

it('a queue of commands says when it is full', () => {
  const queue = new CommandQueue<number>(1);

  expect([queue.add(1), queue.add(2), queue.take(), queue.add(3)]).toEqual(['added', 'full', 1, 'added']);
  expect(() => new CommandQueue(0)).toThrow('limit is 0, expected a whole number from 1');
});
