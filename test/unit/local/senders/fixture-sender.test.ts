import { describe, expect, it } from 'vitest';
import { corruptDelivery } from '../../../../local/senders/corrupt-delivery.js';
import { localProviderSecret } from '../../../../local/senders/local-provider-secret.js';
import type { Sender, SignedDelivery } from '../../../../local/senders/sender.js';
import { senders } from '../../../../local/senders/senders.js';
import { builtInProviders } from '../../../../src/providers/built-in.js';
import type { Provider } from '../../../../src/providers/provider.js';
import { developmentSecrets } from '../../../../src/secrets/development-secrets.js';
import { secretDefect } from '../../../../src/secrets/fit-versions.js';

const nowMs = 1_767_225_600_000;

const pairs = builtInProviders.flatMap((provider) => {
  const sender = senders.find((each) => each.provider === provider.name);
  return sender === undefined ? [] : [{ name: provider.name, provider, sender, ...localProviderSecret(provider) }];
});

const signed = (sender: Sender, secret: string): SignedDelivery => {
  const [sample] = sender.samples();
  if (sample === undefined) throw new TypeError(`${sender.provider} has no sample`);
  return sender.sign({ sample, deliveryId: 'b16b00b5-0000-4000-8000-000000000001', secret, form: false, nowMs });
};

const isGenuine = (provider: Provider, { headers, body }: SignedDelivery, secret: string): boolean =>
  provider.verify({ headers: new Headers(headers), body, receivedAt: new Date(nowMs) }, secret, nowMs);

describe.each(pairs)('the sender $name', ({ provider, sender, stored, signing }) => {
  it('signs with the secret of this machine, which is fit to be one', () => {
    expect(isGenuine(provider, signed(sender, signing), stored)).toBe(true);
    expect(secretDefect(stored)).toBeUndefined();
  });

  it('has a secret here that is refused everywhere else', () => {
    expect(developmentSecrets).toContain(stored);
  });

  it('can send a wrong signature, and a changed body where that is told', () => {
    const delivery = signed(sender, signing);

    expect(isGenuine(provider, corruptDelivery(delivery, sender, 'signature'), stored)).toBe(false);
    expect(isGenuine(provider, corruptDelivery(delivery, sender, 'body'), stored)).toBe(!sender.proves(signing).body);
  });

  it('sends every sample under an id of its own', () => {
    const sample = sender.samples()[0];
    if (sample === undefined) return;
    const once = sender.sign({ sample, deliveryId: 'one', secret: signing, form: false, nowMs });
    const again = sender.sign({ sample, deliveryId: 'two', secret: signing, form: false, nowMs: nowMs + 1 });

    expect([once.headers, once.body.toString('utf8')]).not.toEqual([again.headers, again.body.toString('utf8')]);
  });
});

describe('a sender', () => {
  it.each([
    ['shopify', 'X-Shopify-Topic', 'orders/cancelled', 'orders/cancelled'],
    ['bitbucket', 'X-Event-Key', 'issue:created', 'issue:created'],
    ['sentry', 'Sentry-Hook-Resource', 'event_alert', 'event_alert'],
    ['gitea', 'X-Gitea-Event', 'push', 'push'],
    ['shopify', 'X-Shopify-Topic', 'orders', 'orders/create'],
  ])('%s names the event of a body from a file in %s: %s', (name, header, event, expected) => {
    const pair = pairs.find((each) => each.name === name);
    const sample = { event, body: Buffer.from('{}') };

    const delivery = pair?.sender.sign({ sample, deliveryId: 'one', secret: pair.signing, form: false, nowMs });

    expect(delivery?.headers[header]).toBe(expected);
  });

  it('refuses to sign with a secret that has not the form of its scheme', () => {
    const discord = pairs.find(({ name }) => name === 'discord');

    expect(() => discord && signed(discord.sender, 'a text that is no key')).toThrow(RangeError);
  });
});
