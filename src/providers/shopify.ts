import { describeEvent, entity, joinSubject } from './describe-event.js';
import { defineProvider, describeByHeader, headerText } from './provider.js';
import { hostOrigin, numberAt, textAt } from './read-member.js';

/** Which object the topics of a group are about (https://shopify.dev/docs/api/webhooks); those that are about several are not here. */
const objects: Readonly<Record<string, string>> = {
  collections: 'Collection',
  companies: 'Company',
  company_contacts: 'CompanyContact',
  company_locations: 'CompanyLocation',
  customers: 'Customer',
  draft_orders: 'DraftOrder',
  fulfillments: 'Fulfillment',
  inventory_items: 'InventoryItem',
  locations: 'Location',
  orders: 'Order',
  products: 'Product',
  refunds: 'Refund',
  themes: 'OnlineStoreTheme',
};
const known: ReadonlySet<string> = new Set(Object.values(objects));

const objectOf = /^gid:\/\/shopify\/([A-Za-z]+)\//;

/**
 * Whether a body is about another object than the unsigned topic. Judged by the id of the body's own object; bodies
 * without one, and objects and topics that are not known, may be genuine.
 */
const contradictsTopic = (topic: string, payload: unknown): boolean => {
  const expected = Object.hasOwn(objects, topic.split('/')[0] ?? '') ? objects[topic.split('/')[0] ?? ''] : undefined;
  const object = objectOf.exec(textAt(payload, 'admin_graphql_api_id') ?? '')?.[1];
  return expected !== undefined && object !== undefined && known.has(object) && object !== expected;
};

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
    const shop = headerText(headers, 'x-shopify-shop-domain');
    const source = hostOrigin(shop);
    const place = source === undefined || shop === null ? undefined : shop;
    return describeEvent({
      event: topic,
      deliveryId: headerText(headers, 'x-shopify-webhook-id'),
      source: source ?? 'https://shopify.com',
      subject: joinSubject(place, entity(topic.split('/')[0] ?? topic, idOf(payload))),
      place,
      sent: {
        shopifyeventid: headerText(headers, 'x-shopify-event-id'),
        shopifytriggeredat: headerText(headers, 'x-shopify-triggered-at'),
        shopifyapiversion: headerText(headers, 'x-shopify-api-version'),
      },
    });
  }),
});
