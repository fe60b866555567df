import { describeEvent, entity, joinSubject } from './describe-event.js';
import type { Delivery, Description } from './provider.js';
import { defineProvider } from './provider.js';
import { textAt, urlBelow } from './read-member.js';

/** What an event is about: its snapshot in `data.object`, or the object that a thin event names. */
const objectOf = (payload: unknown): string | undefined =>
  entity(textAt(payload, 'data', 'object', 'object') ?? 'object', textAt(payload, 'data', 'object', 'id')) ??
  entity(textAt(payload, 'related_object', 'type') ?? 'object', textAt(payload, 'related_object', 'id'));

const describe = (_delivery: Delivery, payload: unknown): Description => {
  const account = textAt(payload, 'account') ?? textAt(payload, 'context');
  return describeEvent({
    event: textAt(payload, 'type'),
    deliveryId: textAt(payload, 'id'),
    source: account === undefined ? 'https://api.stripe.com' : urlBelow('https://api.stripe.com/v1/accounts', account),
    subject: joinSubject(account, objectOf(payload)),
    place: account,
  });
};

/**
 * Stripe (https://docs.stripe.com/webhooks#verify-manually). The whole text `whsec_…` is the key, not what it would decode
 * to; only `v1` signatures count, of which there are several while a secret is rolled. An object is what events are ordered by.
 */
export const stripe = defineProvider({
  name: 'stripe',
  signing: [
    {
      kind: 'hmac',
      algorithm: 'sha256',
      header: 'Stripe-Signature',
      prefix: 'v1=',
      list: 'comma',
      encoding: 'hex',
      key: 'text',
      signedBytes: '{timestamp}.{body}',
      timestamp: { header: 'Stripe-Signature', item: 't=', format: 'seconds', toleranceSeconds: 300 },
    },
  ],
  contentTypes: ['application/json'],
  replyBudgetMs: 9000,
  acceptedStatus: 200,
  afterFailure:
    'Sends again for three days, ever more slowly, and in no fixed order; in a sandbox three times in some hours.',
  describe,
});
