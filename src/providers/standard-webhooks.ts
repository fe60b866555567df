import type { SigningScheme } from '../signatures/signing-scheme.js';
import { describeEvent, entity } from './describe-event.js';
import type { Delivery, Description, Provider } from './provider.js';
import { defineProvider } from './provider.js';
import { idAt, textAt } from './read-member.js';

interface HeaderFamily {
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
}

/** `whsec_…` and its bare base64 are symmetric, `whpk_…` is a public key; the version in the header follows from that. */
const schemes = ({ id, timestamp, signature }: HeaderFamily): readonly SigningScheme[] => {
  const signed = {
    header: signature,
    encoding: 'base64',
    list: 'space',
    signedBytes: '{id}.{timestamp}.{body}',
    idHeader: id,
    timestamp: { header: timestamp, format: 'seconds', toleranceSeconds: 300 },
  } as const;
  return [
    { kind: 'hmac', algorithm: 'sha256', prefix: 'v1,', key: 'whsec', ...signed },
    { kind: 'ed25519', prefix: 'v1a,', key: 'whpk', ...signed },
    { kind: 'hmac', algorithm: 'sha256', prefix: 'v1,', key: 'base64', ...signed },
  ];
};

/** `invoice.paid` is about an invoice; `data.id` says which, where the sender follows that habit. */
const describe =
  (name: string, idHeader: string) =>
  ({ headers }: Delivery, payload: unknown): Description => {
    const type = textAt(payload, 'type') ?? textAt(payload, 'eventType');
    return describeEvent({
      event: type,
      deliveryId: headers.get(idHeader),
      source: `urn:webhook:${name}`,
      subject: entity(type?.split('.')[0] ?? 'event', idAt(payload, 'data', 'id')),
    });
  };

/** A sender that signs by the Standard Webhooks specification (https://www.standardwebhooks.com) under these headers. */
const standardSender = (name: string, family: HeaderFamily): Provider =>
  defineProvider({
    name,
    signing: schemes(family),
    contentTypes: ['application/json'],
    replyBudgetMs: 9000,
    acceptedStatus: 202,
    afterFailure:
      'Sends again after 5 s, 5 min, 30 min, 2 h, 5 h and twice 10 h; after five days of failures the endpoint is switched off.',
    describe: describe(name, family.id),
  });

/** Any sender that follows the Standard Webhooks specification. */
export const standardWebhooks = standardSender('standard-webhooks', {
  id: 'webhook-id',
  timestamp: 'webhook-timestamp',
  signature: 'webhook-signature',
});

/** Senders on Svix, under Svix's own header names (https://docs.svix.com/receiving/verifying-payloads/how-manual). */
export const svix = standardSender('svix', {
  id: 'svix-id',
  timestamp: 'svix-timestamp',
  signature: 'svix-signature',
});
