import { createHmac } from 'node:crypto';
import { describeEvent, entity, joinSubject } from './describe-event.js';
import type { Description, ExactReply } from './provider.js';
import { type Delivery, defineProvider, headerText } from './provider.js';
import { idAt, isOfNow, textAt, urlBelow } from './read-member.js';
import { jsonReply } from './replies.js';

const describe = ({ headers, receivedAt }: Delivery, payload: unknown): Description => {
  const event = textAt(payload, 'event');
  const account = textAt(payload, 'payload', 'account_id');
  const thing = idAt(payload, 'payload', 'object', 'id') ?? idAt(payload, 'payload', 'object', 'uuid');
  return describeEvent({
    event,
    deliveryId: headerText(headers, 'x-zm-trackingid'),
    source: urlBelow('https://zoom.us/accounts', account),
    subject: joinSubject(account, entity(event?.split('.')[0] ?? 'object', thing)),
    place: account,
    isUnique: isOfNow(payload, 'event_ts', receivedAt),
  });
};

/**
 * The answer is made with the very key that signs events. Only a token of this form is answered: it holds no `:`, so that the
 * answer is never the signature of `v0:{timestamp}:{body}`.
 */
const plainTokenForm = /^[A-Za-z0-9_-]{10,64}$/;

/** `endpoint.url_validation`, at registration and every 72 hours (https://developers.zoom.us/docs/api/webhooks/#validate-your-webhook-endpoint). */
const handshake = (_delivery: Delivery, payload: unknown, secret: string): ExactReply | undefined => {
  const plainToken = textAt(payload, 'payload', 'plainToken') ?? '';
  if (textAt(payload, 'event') !== 'endpoint.url_validation' || !plainTokenForm.test(plainToken)) return undefined;
  return jsonReply({ plainToken, encryptedToken: createHmac('sha256', secret).update(plainToken).digest('hex') });
};

/** Zoom: signs the body as it was sent, not as its own sample would spell it again. A meeting is what events are ordered by. */
export const zoom = defineProvider({
  name: 'zoom',
  signing: [
    {
      kind: 'hmac',
      algorithm: 'sha256',
      header: 'x-zm-signature',
      prefix: 'v0=',
      encoding: 'hex',
      key: 'text',
      signedBytes: 'v0:{timestamp}:{body}',
      timestamp: { header: 'x-zm-request-timestamp', format: 'seconds', toleranceSeconds: 300 },
    },
  ],
  contentTypes: ['application/json'],
  replyBudgetMs: 2500,
  acceptedStatus: 200,
  afterFailure:
    'Sends again after 5, 20 and 60 minutes; an endpoint that fails its validation every 72 hours is disabled.',
  describe,
  handshake,
});
