import { defineProvider } from './define-provider.js';
import type { Delivery, DeliveryHeaders } from './delivery.js';
import { describeEvent } from './describe-event.js';
import { joinSubject } from './join-subject.js';
import type { Description } from './provider.js';
import { textAt } from './read-member.js';

const uriReference = /^[\x21-\x7e]{1,1024}$/;

/** Header values escape what is no printable ASCII (HTTP binding, section 3.1.3.2); malformed escapes are taken as they are. */
const unescaped = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

type Attribute = (name: string) => string | undefined;

/** In binary mode the attributes are headers, in structured mode members of the body. */
const attributesOf = (headers: DeliveryHeaders, payload: unknown): Attribute => {
  if (headers.get('ce-specversion') === null) return (name) => textAt(payload, name);
  return (name) => {
    const text = headers.get(`ce-${name}`);
    return text === null ? undefined : textAt({ text: unescaped(text) }, 'text');
  };
};

const describe = ({ headers }: Delivery, payload: unknown): Description => {
  const attribute = attributesOf(headers, payload);
  const given = attribute('source') ?? '';
  const source = uriReference.test(given) ? given : 'urn:webhook:cloudevents';
  const subject = attribute('subject');
  const id = attribute('id');
  return describeEvent({
    event: attribute('type'),
    deliveryId: id && `${source}#${id}`,
    source,
    subject,
    place: source,
    conversation: attribute('partitionkey') ?? joinSubject(source, subject),
  });
};

/**
 * Any sender of CloudEvents 1.0 over HTTP: structured, binary with a JSON body, and batches. An id is unique together with its
 * source only. The secret is a bearer token, or `access_token` in the URL (CloudEvents web hooks, section 3).
 */
export const cloudevents = defineProvider({
  name: 'cloudevents',
  signing: [
    { kind: 'token', header: 'Authorization', prefix: 'Bearer ', query: 'access_token', alphabet: 'base64url' },
  ],
  contentTypes: ['application/cloudevents+json', 'application/cloudevents-batch+json', 'application/json'],
  batchType: 'application/cloudevents-batch+json',
  asksForConsent: true,
  replyBudgetMs: 9000,
  acceptedStatus: 202,
  afterFailure: 'Up to the sender; the specification asks it to honour Retry-After.',
  describe,
});
