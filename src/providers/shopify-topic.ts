import { textAt } from './read-member.js';

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
 * Whether a body is about an object that the unsigned topic is not about. Told by the id that the body's own object has; bodies
 * without one, and objects and topics that are not known, may be genuine.
 */
export const contradictsTopic = (topic: string, payload: unknown): boolean => {
  const expected = Object.hasOwn(objects, topic.split('/')[0] ?? '') ? objects[topic.split('/')[0] ?? ''] : undefined;
  const object = objectOf.exec(textAt(payload, 'admin_graphql_api_id') ?? '')?.[1];
  return expected !== undefined && object !== undefined && known.has(object) && object !== expected;
};
