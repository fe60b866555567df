import { describeEvent, entity } from './describe-event.js';
import type { Description } from './provider.js';
import { type Delivery, defineProvider, headerText, headerWord } from './provider.js';
import { isOfNow, memberAt, textAt, urlBelow, wordAt } from './read-member.js';

/** Comments, reactions and attachments belong to their issue. */
const entityOf = (type: string | undefined, data: unknown): string | undefined =>
  entity('issue', textAt(data, 'issueId') ?? textAt(data, 'issue', 'id') ?? textAt(data, 'comment', 'issueId')) ??
  entity(type?.toLowerCase() ?? 'entity', textAt(data, 'id'));

const describe = ({ headers, receivedAt }: Delivery, payload: unknown): Description => {
  const type = textAt(payload, 'type') ?? headerWord(headers, 'linear-event');
  const organization = textAt(payload, 'organizationId');
  return describeEvent({
    event: type,
    action: wordAt(payload, 'action'),
    deliveryId: headerText(headers, 'linear-delivery'),
    source: urlBelow('https://linear.app', organization),
    subject: entityOf(type, memberAt(payload, 'data')),
    place: organization,
    isUnique: isOfNow(payload, 'webhookTimestamp', receivedAt),
  });
};

/**
 * Linear (https://linear.app/developers/webhooks): says inside the signed body when it was sent. An issue is what events are
 * ordered by.
 */
export const linear = defineProvider({
  name: 'linear',
  signing: [{ kind: 'hmac', algorithm: 'sha256', header: 'Linear-Signature', encoding: 'hex', key: 'text' }],
  bodyTimestamp: { path: ['webhookTimestamp'], format: 'milliseconds', toleranceSeconds: 60 },
  contentTypes: ['application/json'],
  replyBudgetMs: 4500,
  acceptedStatus: 200,
  afterFailure: 'Sends again after a minute, an hour and six hours, then may disable the webhook.',
  describe,
});
