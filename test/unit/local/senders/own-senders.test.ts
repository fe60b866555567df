import { describe, expect, it } from 'vitest';
import { localSecretOf } from '../../../../local/senders/local-provider-secret.js';
import { ownSenders } from '../../../../local/senders/own-senders.js';
import { readProviders } from '../../../../src/settings/read-providers.js';

const nowMs = 1_767_225_600_000;
const deliveryId = 'b16b00b5-0000-4000-8000-000000000001';

const file = {
  providers: {
    'github-acme': { extends: 'github' },
    'discord-acme': { extends: 'discord' },
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
      action: [{ pointer: '/what/kind' }, { header: 'X-Acme-Action' }],
      deliveryId: { pointer: '/id' },
      subject: { pointer: '/what/a~1b' },
    },
    'acme-doors': {
      signing: { kind: 'basic' },
      event: { pointer: '/event' },
      contentTypes: ['application/vnd.acme+json'],
    },
  },
};

const text = JSON.stringify(file);
const reading = readProviders(text);
const own = reading.ok ? reading.providers : [];
const senders = ownSenders(text, own);

describe("the senders of one's own", () => {
  it('are those of the file', () => {
    expect(senders.map(({ provider }) => provider)).toEqual(Object.keys(file.providers));
  });

  it.each(
    senders.map((sender) => ({ name: sender.provider, sender })),
  )('$name sends what its provider verifies and understands', ({ name, sender }) => {
    const provider = own.find((each) => each.name === name);
    const { stored, signing } = localSecretOf(name, own);
    const [sample] = sender.samples();
    if (sample === undefined || provider === undefined) throw new TypeError(`${name} has nothing to send`);

    const { headers, body } = sender.sign({ sample, deliveryId, secret: signing, form: false, nowMs });

    const delivery = { headers: new Headers(headers), body, receivedAt: new Date(nowMs) };
    expect(provider.verify(delivery, stored, nowMs)).toBe(true);
    expect(provider.contentTypes).toContain(headers['Content-Type']);
    expect(provider.describe(delivery, JSON.parse(body.toString('utf8')))).toMatchObject({ kind: 'event' });
  });

  it('say every fact that the rules ask for, each at the first of its places', () => {
    const billing = senders.find(({ provider }) => provider === 'acme-billing');
    const provider = own.find(({ name }) => name === 'acme-billing');
    const [sample] = billing?.samples() ?? [];
    const signed = sample && billing?.sign({ sample, deliveryId, secret: 'any secret at all', form: false, nowMs });
    const payload: unknown = JSON.parse(signed?.body.toString('utf8') ?? 'null');

    const delivery = { headers: new Headers(signed?.headers), body: Buffer.alloc(0), receivedAt: new Date(nowMs) };
    expect(payload).toEqual({ id: deliveryId, what: { kind: 'made', 'a/b': 'sample-subject' } });
    expect(provider?.describe(delivery, payload)).toMatchObject({
      event: 'sample',
      action: 'made',
      deliveryId,
      subject: 'sample-subject',
    });
  });
});
