import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deliverer, type SendingValues } from '../../local/commands/sending/deliverer.js';
import { localSecretOf } from '../../local/senders/local-provider-secret.js';
import { ownSenders } from '../../local/senders/own-senders.js';
import { type ProviderFixture, providerFixtures } from '../../local/senders/provider-fixtures.js';
import type { Sample, Sender } from '../../local/senders/sender.js';
import { senders } from '../../local/senders/senders.js';
import { extractData } from '../../src/envelope/extract-data.js';
import { builtInProviders } from '../../src/providers/built-in.js';
import { readProviders } from '../../src/settings/read-providers.js';
import { receiveAll } from '../support/receive-all.js';
import { runCommand } from '../support/run-command.js';
import { type RunningStack, startStack } from '../support/start-stack.js';

const providersFile = JSON.stringify({
  providers: {
    'github-acme': { extends: 'github' },
    'stripe-acme': { extends: 'stripe' },
    'acme-billing': {
      signing: {
        kind: 'hmac',
        header: 'X-Acme-Signature',
        prefix: 'v1=',
        encoding: 'hex',
        signedBytes: '{timestamp}.{body}',
        timestamp: { header: 'X-Acme-Timestamp', toleranceSeconds: 300 },
      },
      event: { header: 'X-Acme-Event' },
      deliveryId: { pointer: '/id' },
      subject: { pointer: '/invoice/number' },
      acceptedStatus: 204,
    },
  },
});

const reading = readProviders(providersFile);
const own = reading.ok ? reading.providers : [];
const allSenders: readonly Sender[] = [...senders, ...ownSenders(providersFile, own)];
const allProviders = [...builtInProviders, ...own];

const bots = {
  bots: [{ name: 'everything', queue: 'bot-everything', events: ['*', '*.ping', '*.*.ping'], ordered: false }],
};

const secretOf = (provider: string): string => localSecretOf(provider, own).signing;

const baseName = (provider: string): string => provider.replace(/-acme$/, '');

/** The fixture that a sample was made of; GitHub's samples have none. */
const fixtureOf = (sender: Sender, index: number): ProviderFixture | undefined =>
  providerFixtures(baseName(sender.provider))[index];

interface Case {
  readonly what: string;
  readonly sender: Sender;
  readonly sample: Sample;
  readonly fixture: ProviderFixture | undefined;
  readonly deliveryId: string;
}

/** All deliveries of the providers with fixtures, a few of GitHub's. */
const cases: readonly Case[] = allSenders.flatMap((sender) =>
  sender
    .samples()
    .slice(0, baseName(sender.provider) === 'github' ? 3 : undefined)
    .map((sample, index) => ({
      what: `${sender.provider} ${sample.event}${sample.action === undefined ? '' : `.${sample.action}`}`,
      sender,
      sample,
      fixture: fixtureOf(sender, index),
      deliveryId: `delivery-${index}`,
    })),
);

const isChallenge = ({ fixture }: Case): boolean => fixture !== undefined && fixture.event === undefined;
const events = cases.filter((each) => !isChallenge(each));
const challenges = cases.filter(isChallenge);

/** A change of its signature is worth a try for every provider, the others where somebody could tell. */
const corruptions = allSenders.flatMap((sender) => {
  const proves = sender.proves(secretOf(sender.provider));
  const [sample] = sender.samples();
  const told = ['signature', ...(proves.body ? ['body'] : []), ...(proves.time ? ['timestamp'] : [])];
  return sample === undefined ? [] : told.map((corrupt) => ({ name: sender.provider, sender, sample, corrupt }));
});

const statusOf = ({ sender, fixture }: Case): number =>
  fixture?.reply?.status ?? allProviders.find(({ name }) => name === sender.provider)?.acceptedStatus ?? 0;

describe('every provider through the running host', () => {
  let stack: RunningStack;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'breakwater-providers-'));
    await writeFile(join(folder, 'providers.json'), providersFile);
    const environment = {
      PROVIDERS: allProviders.map(({ name }) => name).join(','),
      PROVIDERS_CONFIG: join(folder, 'providers.json'),
    };
    stack = await startStack({ environment, bots });
  });

  afterAll(async () => {
    await stack?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const signed = ({ sender, sample, deliveryId }: Omit<Case, 'what' | 'fixture'>) =>
    sender.sign({ sample, deliveryId, secret: secretOf(sender.provider), form: false, nowMs: Date.now() });

  const post = (provider: string, { headers, body }: ReturnType<typeof signed>): Promise<Response> =>
    fetch(`${stack.hostUrl}/api/webhooks/${provider}`, { method: 'POST', headers, body: new Uint8Array(body) });

  const sent = new Map<string, Buffer>();

  test.each(events)('$what is accepted with the status that its sender wants', async (each) => {
    const delivery = signed(each);
    sent.set(each.what, delivery.body);

    const reply = await post(each.sender.provider, delivery);

    expect(reply.status).toBe(statusOf(each));
    if (each.fixture?.reply !== undefined) expect(await reply.text()).toBe(each.fixture.reply.body);
  });

  test('each accepted delivery lies in the archive byte for byte', async () => {
    const client = BlobServiceClient.fromConnectionString(stack.blobConnectionString);
    const container = client.getContainerClient('webhook-payloads');
    const stored = new Set<string>();
    for await (const { name } of container.listBlobsFlat()) {
      // What is known of bodies that came lies beside the payloads, and is written a while later.
      if (name.startsWith('seen-bodies/')) continue;
      const bytes = await container.getBlobClient(name).downloadToBuffer();
      stored.add(`${name.split('/')[0]} ${bytes.toString('latin1')}`);
    }

    const lost = events.filter(({ what, sender }) => {
      const body = sent.get(what)?.toString('latin1') ?? '';
      return ![body, body.slice(1, -1)].some((text) => stored.has(`${sender.provider} ${text}`));
    });

    expect(lost.map(({ what }) => what)).toEqual([]);
    expect(stored.size).toBe(events.length);
  });

  test('each accepted delivery is in the queue under its type, its payload byte for byte', async () => {
    const received = await receiveAll(stack.serviceBusConnectionString, 'bot-everything');

    const found = new Set(
      received.map(({ body, subject }) => {
        const data = extractData(body);
        return `${subject} ${data.kind === 'claim-check' ? '' : data.bytes.toString('latin1')}`;
      }),
    );
    const lost = events.filter(({ what, sender, sample }) => {
      const body = sent.get(what)?.toString('latin1') ?? '';
      const type = `${sender.provider}.${sample.event}${sample.action === undefined ? '' : `.${sample.action}`}`;
      return ![body, body.slice(1, -1)].some((text) => found.has(`${type} ${text}`));
    });
    expect(lost.map(({ what }) => what)).toEqual([]);
    expect(received).toHaveLength(events.length);
  });

  test.each(corruptions)('$name with a changed $corrupt is refused: 401', async ({ sender, sample, corrupt }) => {
    const values: SendingValues = { corrupt };
    const deliver = deliverer({ sender, values, hostUrl: stack.hostUrl, localSecret: secretOf(sender.provider) });

    const outcome = await deliver({ label: sample.event, sample });

    expect(outcome).toMatchObject({ kind: 'answered', status: 401 });
  });

  test.each(challenges)('$what is answered byte for byte, and to nobody who has not signed it', async (each) => {
    const { fixture, sender } = each;
    const delivery = signed(each);
    const unsigned = Object.entries(delivery.headers).filter(([name]) => !sender.signatureHeaders.includes(name));

    const reply = await post(sender.provider, delivery);
    const refused = await post(sender.provider, { ...delivery, headers: Object.fromEntries(unsigned) });

    expect(reply.status).toBe(fixture?.reply?.status);
    expect(reply.headers.get('content-type')).toBe(fixture?.reply?.contentType ?? null);
    expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
    expect(Buffer.from(await reply.arrayBuffer()).toString('latin1')).toBe(fixture?.reply?.body);
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ code: 'SignatureInvalid' });
  });

  test("zoom's validation answers nothing that would be an event's signature", async () => {
    const sender = allSenders.find(({ provider }) => provider === 'zoom');
    if (sender === undefined) throw new TypeError('Zoom is gone');
    const plainToken = 'v0:1654503849:{"event":"meeting.started"}';
    const body = Buffer.from(JSON.stringify({ event: 'endpoint.url_validation', payload: { plainToken } }));

    const reply = await post('zoom', signed({ sender, sample: { event: 'x', body }, deliveryId: 'oracle' }));

    expect(await reply.text()).not.toContain('encryptedToken');
  });

  test('a CloudEvents sender may ask whether it may deliver, and is answered by its origin', async () => {
    const ask = (provider: string, origin: string): Promise<Response> =>
      fetch(`${stack.hostUrl}/api/webhooks/${provider}`, {
        method: 'OPTIONS',
        headers: {
          'WebHook-Request-Origin': origin,
          'WebHook-Request-Rate': '120',
          'WebHook-Request-Callback': `${stack.hostUrl}/api/health`,
        },
      });

    const allowed = await ask('cloudevents', 'eventgrid.azure.net');
    const stranger = await ask('azure-event-grid', 'eventgrid.azure.net.example.org');

    expect(allowed.status).toBe(200);
    expect(allowed.headers.get('webhook-allowed-origin')).toBe('eventgrid.azure.net');
    expect(allowed.headers.get('webhook-allowed-rate')).toBe('120');
    expect(await allowed.text()).toBe('');
    expect(stranger.status).toBe(403);
    expect(stranger.headers.get('webhook-allowed-origin')).toBeNull();
  });

  test("the command finds the stack's tenants, their routes and their secrets by itself", async () => {
    const state = ['--state', stack.stateDirectory];
    const tenant = await runCommand('send', 'github-acme', 'push', ...state);
    const configured = await runCommand('send', 'acme-billing', 'sample', '--corrupt', 'timestamp', ...state);
    const stranger = await runCommand('send', 'github-acm', 'push', ...state);

    expect(tenant.stderr).toBe('');
    expect(tenant.stdout).toMatch(/202 Accepted[\s\S]*github-acme\.push/);
    expect([tenant.code, configured.code]).toEqual([0, 0]);
    expect(configured.stdout).toContain('401 Unauthorized');
    expect(stranger.stderr).toContain('Did you mean github-acme');
  });
});
