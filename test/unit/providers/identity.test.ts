import { describe, expect, it } from 'vitest';
import { describedSender } from '../../../local/senders/described-sender.js';
import { fixtureSender } from '../../../local/senders/fixture-sender.js';
import { githubSender } from '../../../local/senders/github-sender.js';
import { localProviderSecret } from '../../../local/senders/local-provider-secret.js';
import { providerFixtures } from '../../../local/senders/provider-fixtures.js';
import type { Sample, Sender } from '../../../local/senders/sender.js';
import { builtInProviders } from '../../../src/providers/built-in.js';
import type { Provider } from '../../../src/providers/provider.js';
import { readProviders } from '../../../src/settings/read-providers.js';
import { createMemoryApp, type MemoryApp, notifier } from '../../support/memory-app.js';
import { postWebhook, type Reply } from '../../support/post-webhook.js';

const reading = readProviders(
  JSON.stringify({
    providers: {
      acme: {
        signing: { kind: 'token', header: 'X-Token' },
        event: { header: 'X-Event' },
        deliveryId: [{ header: 'X-Id' }, { pointer: '/id' }],
      },
    },
  }),
);
if (!reading.ok) throw new Error('the provider of the test is wrong');
const [acme] = reading.providers;
if (acme === undefined) throw new Error('there is no provider to test');

const acmeSample: Sample = {
  event: 'created',
  body: Buffer.from('{"a":1}'),
  headers: { 'X-Event': 'created', 'X-Id': '{deliveryId}' },
};

const senderOf = (provider: Provider): Sender => {
  if (provider.name === 'github') return githubSender;
  return provider === acme ? describedSender(provider, () => [acmeSample]) : fixtureSender(provider);
};

/** Its first delivery that becomes an event and whose body is JSON. */
const sampleOf = (provider: Provider): Sample => {
  const events = new Set(
    providerFixtures(provider.name).flatMap(({ event, contentType }) =>
      event && contentType.includes('json') && !event.type.endsWith('ping') ? [event.type] : [],
    ),
  );
  const samples = senderOf(provider).samples();
  const sample = samples.find(({ event }) => events.size === 0 || events.has(`${provider.name}.${event}`));
  if (sample === undefined) throw new Error(`${provider.name} has no delivery to test`);
  return sample;
};

interface OnTest {
  readonly app: MemoryApp;
  deliver(
    deliveryId: string,
    change?: { readonly route?: string; readonly spaces?: string; readonly joinedBy?: string },
  ): Promise<Reply>;
}

const putOnTest = (provider: Provider): OnTest => {
  const tenant = { ...provider, name: `${provider.name}-tenant` };
  const { stored, signing } = localProviderSecret(provider);
  const ownProviders = provider === acme ? [acme, tenant] : [tenant];
  const names = [provider.name, tenant.name];
  const secretSettings = names.map((name) => [`WEBHOOK_SECRET_${name.toUpperCase().replaceAll('-', '_')}`, stored]);
  const environment = { PROVIDERS: names.join(','), ...Object.fromEntries(secretSettings) };
  const app = createMemoryApp({ bots: [notifier], environment: { ...environment, BODY_RECORD: 'off' }, ownProviders });
  for (const name of names) app.secrets.set(`${name}-webhook-secret`, stored);
  const sample = sampleOf(provider);
  const deliver: OnTest['deliver'] = (deliveryId, { route = provider.name, spaces = '', joinedBy } = {}) => {
    const body = Buffer.from(sample.body.toString('utf8').replace('{', `{${spaces}`));
    const nowMs = app.clock.epochMs();
    const signed = senderOf(provider).sign({
      sample: { ...sample, body },
      deliveryId,
      secret: signing,
      form: false,
      nowMs,
    });
    const twice = ([name, value]: readonly [string, string]) => [
      name,
      joinedBy !== undefined && value === deliveryId ? `${value}${joinedBy}${value}` : value,
    ];
    const headers = Object.fromEntries(Object.entries(signed.headers).map(twice));
    return postWebhook(app.app.receiveWebhook, { provider: route, ...signed, headers });
  };
  return { app, deliver };
};

const messageIds = ({ queue }: MemoryApp): readonly string[] =>
  queue.messages(notifier.queue).map(({ messageId }) => messageId);

const hasIds = (provider: Provider): boolean => {
  const { headers, body } = sampleOf(provider);
  return provider.name === 'github' || `${JSON.stringify(headers)}${body}`.includes('{deliveryId}');
};

/** An id that is signed is refused with its signature when no header could hold it as the scheme asks. */
const signsItsId = ({ signing }: Provider): boolean =>
  signing.every((scheme) => 'idHeader' in scheme && scheme.idHeader !== undefined);

const everyProvider = [...builtInProviders, acme];

describe.each(everyProvider.map((provider) => ({ name: provider.name, provider })))('identity: $name', ({
  provider,
}) => {
  const id = 'b16b00b5-0000-4000-8000-000000000001';
  const distinct = [{}, { spaces: ' ' }, { route: `${provider.name}-tenant` }] as const;

  it('one id with other bytes, or on another route, is another event for every bot', async () => {
    const { app, deliver } = putOnTest(provider);

    for (const change of distinct) expect((await deliver(id, change)).status).toBeLessThan(300);

    expect(new Set(messageIds(app)).size).toBe(distinct.length);
    expect(app.archive.names()).toHaveLength(distinct.length);
  });

  it('the same bytes under one id on one route are one event, however often they come', async () => {
    const { app, deliver } = putOnTest(provider);

    for (const change of [...distinct, ...distinct]) expect((await deliver(id, change)).status).toBeLessThan(300);

    expect(messageIds(app)).toHaveLength(distinct.length);
    expect(app.archive.names()).toHaveLength(distinct.length);
  });

  it.each([',', ', '])('an id whose header came twice, joined by %j, is that id', async (joinedBy) => {
    const { app, deliver } = putOnTest(provider);
    await deliver(id);

    const reply = await deliver(id, { joinedBy });

    const isSigned = signsItsId(provider) || provider.name === 'cloudevents';
    if (!isSigned) expect(reply.json?.['duplicate'] ?? true).toBe(true);
    expect(messageIds(app)).toHaveLength(1);
  });

  it.each([
    ['with spaces', 'one id', 'two ids'],
    ['above 256 characters', `${'x'.repeat(300)}1`, `${'x'.repeat(300)}2`],
    ['beyond ASCII', 'é1', 'é2'],
  ])('ids %s are told apart', async (_, one, other) => {
    const { app, deliver } = putOnTest(provider);

    const statuses = [];
    for (const deliveryId of [one, one, other]) statuses.push((await deliver(deliveryId)).status);

    const refused = statuses.every((status) => status === 401);
    expect(refused).toBe(signsItsId(provider));
    expect(messageIds(app)).toHaveLength(refused ? 0 : hasIds(provider) ? 2 : 1);
  });
});
