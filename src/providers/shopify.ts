import { defineProvider } from './define-provider.js';
import { describeEvent } from './describe-event.js';
import { entity, joinSubject } from './join-subject.js';
import { numberAt, textAt } from './read-member.js';
import { describeByHeader } from './required-header.js';
import { contradictsTopic } from './shopify-topic.js';
import { hostOrigin } from './web-url.js';

const globalId = /^gid:\/\/shopify\/(?:[A-Za-z]+)\/([A-Za-z0-9-]{1,64})$/;

/** Ids pass 2^53, where a parsed number is not the one that was sent: the global id spells them as text. */
const idOf = (payload: unknown): string | undefined =>
  globalId.exec(textAt(payload, 'admin_graphql_api_id') ?? '')?.[1] ?? numberAt(payload, 'id');

/**
 * Shopify (https://shopify.dev/docs/apps/build/webhooks/subscribe/https). The secret is the app's client secret; topic, shop
 * and id stand in headers, which are not signed.
 */
export const shopify = defineProvider({
  name: 'shopify',
  signing: [{ kind: 'hmac', algorithm: 'sha256', header: 'X-Shopify-Hmac-SHA256', encoding: 'base64', key: 'text' }],
  contentTypes: ['application/json'],
  replyBudgetMs: 4500,
  acceptedStatus: 200,
  afterFailure: 'Sends again eight times in four hours, then deletes a subscription that was made by the Admin API.',
  describe: describeByHeader('X-Shopify-Topic', (topic, { headers }, payload) => {
    if (contradictsTopic(topic, payload)) return { kind: 'contradiction', header: 'X-Shopify-Topic' };
    const shop = headers.get('x-shopify-shop-domain');
    const source = hostOrigin(shop);
    const place = source === undefined || shop === null ? undefined : shop;
    return describeEvent({
      event: topic,
      deliveryId: headers.get('x-shopify-webhook-id'),
      source: source ?? 'https://shopify.com',
      subject: joinSubject(place, entity(topic.split('/')[0] ?? topic, idOf(payload))),
      place,
      sent: {
        shopifyeventid: headers.get('x-shopify-event-id'),
        shopifytriggeredat: headers.get('x-shopify-triggered-at'),
        shopifyapiversion: headers.get('x-shopify-api-version'),
      },
    });
  }),
});
