import { describeEvent, entity } from './describe-event.js';
import type { Delivery, Description } from './provider.js';
import { defineProvider } from './provider.js';
import { memberAt, originOf, textAt } from './read-member.js';

/** Notes, status updates and workflows belong to their incident. */
const conversationOf = (event: unknown): string | undefined =>
  entity('incident', textAt(event, 'data', 'incident', 'id')) ??
  entity(textAt(event, 'resource_type') ?? 'resource', textAt(event, 'data', 'id'));

const describe = (_delivery: Delivery, payload: unknown): Description => {
  const event = memberAt(payload, 'event');
  return describeEvent({
    event: textAt(event, 'event_type'),
    deliveryId: textAt(event, 'id'),
    source:
      originOf(textAt(event, 'data', 'html_url')) ??
      originOf(textAt(event, 'data', 'incident', 'html_url')) ??
      originOf(textAt(event, 'agent', 'html_url')) ??
      'https://api.pagerduty.com',
    subject: conversationOf(event),
    place: textAt(event, 'data', 'service', 'id'),
  });
};

/**
 * PagerDuty, version 3 (https://developer.pagerduty.com/docs/verifying-signatures): several signatures while a secret is
 * rotated. An incident is what events are ordered by.
 */
export const pagerduty = defineProvider({
  name: 'pagerduty',
  signing: [
    {
      kind: 'hmac',
      algorithm: 'sha256',
      header: 'X-PagerDuty-Signature',
      prefix: 'v1=',
      list: 'comma',
      encoding: 'hex',
      key: 'text',
    },
  ],
  contentTypes: ['application/json'],
  replyBudgetMs: 4500,
  acceptedStatus: 202,
  afterFailure:
    'Sends again for two days after 5xx, 429 or silence; drops an event at once after any other 4xx, and its whole queue after three of those.',
  describe,
});
