import { describeEvent, joinSubject } from './describe-event.js';
import type { Delivery, Description, ExactReply } from './provider.js';
import { defineProvider } from './provider.js';
import { textAt } from './read-member.js';
import { jsonReply } from './replies.js';

const uriReference = /^[\x21-\x7e]{1,1024}$/;

const describe = (_delivery: Delivery, payload: unknown): Description => {
  const topic = textAt(payload, 'topic') ?? '';
  const source = uriReference.test(topic) ? topic : 'https://eventgrid.azure.net';
  const subject = textAt(payload, 'subject');
  return describeEvent({
    event: textAt(payload, 'eventType'),
    deliveryId: textAt(payload, 'id'),
    idScope: topic || source,
    source,
    subject,
    place: source,
    conversation: joinSubject(source, subject),
  });
};

const validationCodeForm = /^[\x21-\x7e]{1,256}$/;

/** Proves who owns the endpoint by its answer alone; the `validationUrl` beside the code is never fetched. */
const handshake = (_delivery: Delivery, payload: unknown): ExactReply | undefined => {
  const [event] = Array.isArray(payload) ? payload : [];
  if (textAt(event, 'eventType') !== 'Microsoft.EventGrid.SubscriptionValidationEvent') return undefined;
  const code = textAt(event, 'data', 'validationCode') ?? '';
  return validationCodeForm.test(code) ? jsonReply({ validationResponse: code }) : undefined;
};

/**
 * Azure Event Grid in its own schema, one event or many to a delivery
 * (https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema). It does not sign: the secret is
 * a bearer token, set as a delivery header of the subscription or as `access_token` in its URL.
 */
export const azureEventGrid = defineProvider({
  name: 'azure-event-grid',
  signing: [
    { kind: 'token', header: 'Authorization', prefix: 'Bearer ', query: 'access_token', alphabet: 'base64url' },
  ],
  contentTypes: ['application/json'],
  batchType: 'application/json',
  asksForConsent: true,
  replyBudgetMs: 9000,
  acceptedStatus: 200,
  afterFailure:
    'Sends again for a day or thirty times; after 400, 401, 403 or 413 never, and the event is dead-lettered or dropped.',
  describe,
  handshake,
});
