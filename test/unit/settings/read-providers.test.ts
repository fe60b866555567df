import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Provider } from '../../../src/providers/provider.js';
import { readConfiguration } from '../../../src/settings/read-configuration.js';
import { readProviders } from '../../../src/settings/read-providers.js';
import { createMemoryApp, notifier, signGithub } from '../../support/memory-app.js';
import { postWebhook } from '../../support/post-webhook.js';

const read = (providers: unknown) => readProviders(JSON.stringify({ providers }));

const readGood = (providers: unknown): readonly Provider[] => {
  const reading = read(providers);
  if (!reading.ok) throw new TypeError(JSON.stringify(reading.problems));
  return reading.providers;
};

const problemsOf = (providers: unknown): readonly string[] => {
  const reading = read(providers);
  return reading.ok ? [] : reading.problems.map(({ path, what, expected }) => `${path} ${what}; ${expected}`);
};

const acme = {
  signing: {
    kind: 'hmac',
    algorithm: 'sha512',
    header: 'X-Acme-Signature',
    prefix: 'v1:',
    encoding: 'base64',
    signedBytes: '{id}.{timestamp}.{body}',
    idHeader: 'X-Acme-Id',
    timestamp: { header: 'X-Acme-Time' },
  },
  event: [{ header: 'X-Acme-Event' }, { pointer: '/event/kind' }],
  action: { pointer: '/event/verb' },
  deliveryId: { header: 'X-Acme-Id' },
  source: 'https://acme.example',
  subject: { pointer: '/items/0/name' },
  sessionKey: { pointer: '/customer' },
  acceptedStatus: 200,
};

const secret = 'a-secret-for-tests-only';

describe('providers.json: a sender of one’s own', () => {
  const body = Buffer.from('{"event":{"kind":"invoice:sent","verb":"paid"},"items":[{"name":"INV-7"}],"customer":42}');

  const post = async (timestamp?: string) => {
    const environment = { PROVIDERS: 'acme', WEBHOOK_SECRET_ACME: secret };
    const memory = createMemoryApp({ bots: [notifier], environment, ownProviders: readGood({ acme }) });
    memory.secrets.set('acme-webhook-secret', secret);
    const time = timestamp ?? String(memory.clock.epochMs() / 1000);
    const digest = createHmac('sha512', secret).update(`acme-1.${time}.`).update(body).digest('base64');
    const headers = {
      'content-type': 'application/json',
      'x-acme-id': 'acme-1',
      'x-acme-time': time,
      'x-acme-signature': `v1:${digest}`,
    };
    const reply = await postWebhook(memory.app.receiveWebhook, { provider: 'acme', headers, body });
    return { memory, reply };
  };

  it('is verified, named, identified and ordered as its description says', async () => {
    const { memory, reply } = await post();

    const [message] = memory.queue.messages(notifier.queue);
    expect(reply.status).toBe(200);
    expect(JSON.parse(message?.body.toString('utf8') ?? '')).toMatchObject({
      id: 'acme-1',
      type: 'acme.invoice.sent.paid',
      source: 'https://acme.example',
      subject: 'INV-7',
      partitionkey: '42',
    });
  });

  it('is refused outside its window', async () => {
    const { reply } = await post('1000000000');

    expect(reply.status).toBe(401);
  });

  it('needs no more than how it signs and where its event stands', () => {
    const [provider] = readGood({
      plain: { signing: { kind: 'token', header: 'X-Token' }, event: { header: 'X-Event' } },
    });
    const delivery = (headers: Record<string, string>) => ({
      headers: new Headers(headers),
      body: Buffer.from('{}'),
      receivedAt: new Date(0),
    });

    expect(provider?.verify(delivery({ 'x-token': secret }), secret, 0)).toBe(true);
    expect(provider?.verify(delivery({ 'x-token': `${secret}x` }), secret, 0)).toBe(false);
    expect(provider?.describe(delivery({ 'x-event': 'ping' }), {})).toMatchObject({
      event: 'ping',
      source: 'urn:webhook:plain',
    });
    expect(provider?.describe(delivery({}), {})).toEqual({ kind: 'missing-header', header: 'X-Event' });
  });
});

describe('providers.json: a tenant', () => {
  it('is the built-in provider under a name and with a secret of its own', async () => {
    const environment = { PROVIDERS: 'github-acme', WEBHOOK_SECRET_GITHUB_ACME: secret };
    const ownProviders = readGood({ 'github-acme': { extends: 'github' } });
    const memory = createMemoryApp({ bots: [notifier], environment, ownProviders });
    memory.secrets.set('github-acme-webhook-secret', secret);
    const body = Buffer.from('{"action":"opened"}');
    const headers = {
      'content-type': 'application/json',
      'x-github-event': 'issues',
      'x-hub-signature-256': signGithub(body, secret),
    };

    const reply = await postWebhook(memory.app.receiveWebhook, { provider: 'github-acme', headers, body });

    expect(reply).toMatchObject({ status: 202, json: { type: 'github-acme.issues.opened' } });
  });
});

describe('providers.json: what is wrong', () => {
  it('is reported all at once, each with its path', () => {
    const problems = problemsOf({
      'Bad Name': { extends: 'github' },
      github: { extends: 'github' },
      tenant: { extends: 'nobody', source: 'x' },
      acme: { ...acme, signing: { ...acme.signing, algorithm: 'sha1', encoding: 'rot13' }, event: 'X-Event' },
      empty: {},
    });

    expect(problems.join('\n')).toMatch(/providers\.Bad Name is no name/);
    expect(problems.join('\n')).toMatch(/providers\.github is the name of a built-in provider/);
    expect(problems.join('\n')).toMatch(/providers\.tenant\.source is not known/);
    expect(problems.join('\n')).toMatch(/providers\.acme\.signing\.algorithm is "sha1"; "sha256" or "sha512"/);
    expect(problems.join('\n')).toMatch(/providers\.acme\.signing\.encoding is "rot13"/);
    expect(problems.join('\n')).toMatch(/providers\.acme\.event is "X-Event"/);
    expect(problems.join('\n')).toMatch(/providers\.empty\.signing is missing/);
    expect(problems.join('\n')).toMatch(/providers\.empty\.event is missing/);
  });

  it('an unknown built-in is named, with those that there are', () => {
    expect(problemsOf({ tenant: { extends: 'githb' } })).toEqual([
      expect.stringMatching(/^providers\.tenant\.extends is "githb"; a built-in provider: .*github/),
    ]);
  });

  it.each([
    [{ signing: { ...acme.signing, typo: 1 } }, /^providers\.p\.signing\.typo is not known; .*"hmac" has header/],
    [{ signing: { kind: 'token', header: 'X', typo: 1 } }, /\.typo is not known; .*"token" has header/],
    [{ signing: { kind: 'basic', typo: 1 } }, /\.typo is not known; .*"basic" has nothing/],
    [{ signing: { kind: 'ed25519', header: 'X', encoding: 'hex', typo: 1 } }, /\.typo is not known; .*"ed25519" has/],
    [{ event: [] }, /^providers\.p\.event is \[\]; a place such as/],
    [{ event: Array(9).fill({ header: 'X' }) }, /^providers\.p\.event is .*; a place such as/],
  ])('%j is told what was expected', (change, problem) => {
    expect(problemsOf({ p: { ...acme, ...change } })).toEqual([expect.stringMatching(problem)]);
  });

  it.each([
    ['does not hold the body', { signedBytes: '{id}.{timestamp}' }],
    ['holds the body twice', { signedBytes: '{id}.{timestamp}.{body}{body}' }],
    ['leaves the timestamp unsigned', { signedBytes: '{id}.{body}' }],
    ['leaves the id unsigned', { signedBytes: '{timestamp}.{body}' }],
    ['signs what is not known', { signedBytes: '{id}.{timestamp}.{url}.{body}' }],
    ['names an id without a header', { idHeader: undefined }],
  ])('a template that %s', (_what, change) => {
    expect(problemsOf({ acme: { ...acme, signing: { ...acme.signing, ...change } } })).toEqual([
      expect.stringContaining('signedBytes'),
    ]);
  });

  it('a file that is no JSON, with the place', () => {
    expect(readProviders('{"providers": {,}}')).toMatchObject({
      ok: false,
      problems: [{ what: 'is not JSON at line 1, column 16' }],
    });
  });
});

describe('configuration with providers.json', () => {
  const environment = {
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    PayloadStorage: 'UseDevelopmentStorage=true',
    ServiceBus: 'Endpoint=sb://127.0.0.1;SharedAccessKeyName=k;SharedAccessKey=local;UseDevelopmentEmulator=true',
    WEBHOOK_SECRET_ACME: secret,
    PROVIDERS: 'acme',
  };
  const bots = '{"bots":[{"name":"notifier","queue":"bot-notifier","events":["*"]}]}';
  const withFiles = (files: Readonly<Record<string, string>>, more = {}) =>
    readConfiguration({ environment: { ...environment, ...more }, readText: (path) => files[path], readProviders });

  it('PROVIDERS can name what the file describes', () => {
    const reading = withFiles({ 'bots.json': bots, 'providers.json': JSON.stringify({ providers: { acme } }) });

    expect(reading).toMatchObject({ ok: true, settings: { ownProviders: [{ name: 'acme' }] } });
  });

  it('without the file PROVIDERS names nobody', () => {
    expect(withFiles({ 'bots.json': bots })).toMatchObject({
      ok: false,
      report: expect.stringContaining('PROVIDERS names acme'),
    });
  });

  it('the file may be missing where it usually is, whether or not a setting says so', () => {
    const more = { PROVIDERS: 'github', WEBHOOK_SECRET_GITHUB: secret };

    expect(withFiles({ 'bots.json': bots }, more)).toMatchObject({ ok: true });
    expect(withFiles({ 'bots.json': bots }, { ...more, PROVIDERS_CONFIG: 'providers.json' })).toMatchObject({
      ok: true,
    });
  });

  it('a file that a setting names elsewhere must exist', () => {
    const reading = withFiles({ 'bots.json': bots }, { PROVIDERS_CONFIG: 'senders.json' });

    expect(reading).toMatchObject({
      ok: false,
      report: expect.stringContaining('senders.json:\n  - (whole file) does not exist'),
    });
  });

  it('problems of the file stand beside all others', () => {
    const reading = withFiles({ 'bots.json': '{}', 'providers.json': '{"providers":{"acme":{}}}' });

    expect(reading).toMatchObject({
      ok: false,
      report: expect.stringMatching(/bots\.json:[\s\S]*providers\.json:[\s\S]*providers\.acme\.signing/),
    });
  });
});
