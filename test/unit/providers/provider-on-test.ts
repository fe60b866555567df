import { describedSender } from '../../../local/senders/described-sender.js';
import { fixtureSender } from '../../../local/senders/fixture-sender.js';
import { localProviderSecret } from '../../../local/senders/local-provider-secret.js';
import { type ProviderFixture, providerFixtures } from '../../../local/senders/provider-fixtures.js';
import type { SignedDelivery } from '../../../local/senders/sender.js';
import { signRequest } from '../../../local/senders/sign-request.js';
import { builtInProviders } from '../../../src/providers/built-in.js';
import type { Provider } from '../../../src/providers/provider.js';
import type { Bot } from '../../../src/routing/bot.js';
import { createMemoryApp, type MemoryApp, type MemoryAppOptions, notifier } from '../../support/memory-app.js';
import { postWebhook, type Reply } from '../../support/post-webhook.js';

export const deliveryId = 'b16b00b5-0000-4000-8000-000000000001';

/** Every provider whose deliveries are kept as fixtures; GitHub's come from its own package. */
export const providersWithFixtures = builtInProviders.filter(({ name }) => name !== 'github');

/** Each fixture of each provider, named for `it.each`. */
export const everyFixture = providersWithFixtures.flatMap((provider) =>
  providerFixtures(provider.name).map((fixture) => ({ what: `${provider.name}: ${fixture.name}`, provider, fixture })),
);

/** What a fixture is like once it is sent at that time. */
export const signedFixture = (provider: Provider, fixture: ProviderFixture, nowMs: number): SignedDelivery => {
  const sender = fixtureSender(provider);
  const index = providerFixtures(provider.name).findIndex(({ name }) => name === fixture.name);
  const sample = sender.samples()[index];
  if (sample === undefined) throw new TypeError(`${provider.name} has no sample ${fixture.name}`);
  return sender.sign({ sample, deliveryId, secret: localProviderSecret(provider).signing, form: false, nowMs });
};

/** A fixture's expectation with what was filled in at sending. */
export const expectationOf = (fixture: ProviderFixture, nowMs: number): unknown =>
  JSON.parse(
    JSON.stringify(fixture.event ?? {})
      .replaceAll('{deliveryId}', deliveryId)
      .replaceAll('{nowMs}', String(nowMs)),
  );

export interface ProviderOnTest {
  readonly memory: MemoryApp;
  readonly nowMs: number;
  post(delivery: SignedDelivery): Promise<Reply>;
}

/** Wants everything, pings by their names. */
const everything: Bot = { ...notifier, events: ['*', '*.ping', '*.*.ping'] };

interface DeliveryOfOnesOwn {
  readonly body: string | Buffer;
  readonly contentType?: string;
  /** What the sender sets beside its signature. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly nowMs?: number;
}

/** A body of the test's own, signed as the provider's sender does. */
export const signedDelivery = (provider: Provider, delivery: DeliveryOfOnesOwn): SignedDelivery => {
  const { body, headers = {}, contentType = 'application/json', nowMs = 0 } = delivery;
  const sample = { event: 'own', body: Buffer.from(body), contentType, headers };
  const secret = localProviderSecret(provider).signing;
  const signed = describedSender(provider, () => []).sign({ sample, deliveryId, secret, form: false, nowMs });
  return Buffer.isBuffer(body) ? signedBytes(provider, body, signed, nowMs) : signed;
};

/** The sender fills texts in; bytes that are no text are signed as they are. */
const signedBytes = (provider: Provider, body: Buffer, { headers }: SignedDelivery, nowMs: number): SignedDelivery => {
  const secret = localProviderSecret(provider).signing;
  return {
    body,
    headers: { ...headers, ...signRequest({ schemes: provider.signing, body, deliveryId, secret, nowMs }) },
  };
};

/** The app with one provider switched on, its secret in the form that it asks for, and a bot that wants everything. */
export const putOnTest = (
  { name, signing }: Provider,
  options: Pick<MemoryAppOptions, 'bots' | 'ownProviders' | 'environment'> = {},
): ProviderOnTest => {
  const { stored } = localProviderSecret({ signing });
  const setting = `WEBHOOK_SECRET_${name.toUpperCase().replaceAll('-', '_')}`;
  const environment = { PROVIDERS: name, [setting]: stored, ...options.environment };
  const memory = createMemoryApp({ bots: [everything], ...options, environment });
  memory.secrets.set(`${name}-webhook-secret`, stored);
  return {
    memory,
    nowMs: memory.clock.epochMs(),
    post: ({ headers, body }) => postWebhook(memory.app.receiveWebhook, { provider: name, headers, body }),
  };
};
