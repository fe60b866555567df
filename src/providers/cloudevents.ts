import { describeEvent, joinSubject } from './describe-event.js';
import type { Delivery, DeliveryHeaders, Description } from './provider.js';
import { defineProvider } from './provider.js';
import { memberAt, textAt } from './read-member.js';

const uriReference = /^[\x21-\x7e]{1,1024}$/;

const quotedString = /"((?:[^"\\]|\\.)*)"/g;
const escapes = /(?:%[0-9A-Fa-f]{2})+/g;

const decoded = (run: string): string => {
  try {
    return decodeURIComponent(run);
  } catch {
    return run;
  }
};

/**
 * A header's value as the attribute that it stands for (HTTP binding, section 3.1.3.2): older senders quote what they do not
 * escape. Malformed escapes are taken as they are.
 */
const unescaped = (text: string): string =>
  text.replace(quotedString, (_, quoted: string) => quoted.replace(/\\(.)/g, '$1')).replace(escapes, decoded);

const prefix = 'ce-';
const ownMediaType = /^\s*application\/cloudevents/i;

/** HTTP binding, section 3: in binary mode the attributes are headers, and the body may be anything. */
const isBinary = (headers: DeliveryHeaders): boolean =>
  headers.get('ce-specversion') !== null && !ownMediaType.test(headers.get('content-type') ?? '');

/** Every attribute that stands in a header, but for what the envelope says in its own words: version and id. */
const headerAttributes = (headers: DeliveryHeaders): Readonly<Record<string, string>> => {
  const attributes: Record<string, string> = {};
  for (const header of headers.keys()) {
    const name = header.toLowerCase();
    const isOurs = name === 'ce-specversion' || name === 'ce-id' || !name.startsWith(prefix);
    if (!isOurs) attributes[name.slice(prefix.length)] = unescaped(headers.get(header) ?? '');
  }
  return attributes;
};

type Attribute = (name: string) => string | undefined;

/** In structured mode the attributes are members of the body. A text of any length and characters, for an identity. */
const sentText = (headers: DeliveryHeaders, payload: unknown): Attribute => {
  if (isBinary(headers)) {
    return (name) => {
      const text = headers.get(`${prefix}${name}`);
      return text === null ? undefined : unescaped(text);
    };
  }
  return (name) => {
    const member = memberAt(payload, name);
    return typeof member === 'string' ? member : undefined;
  };
};

const describe = ({ headers }: Delivery, payload: unknown): Description => {
  // A list is a batch, which comes under a type of its own; read as one event it would be another.
  if (Array.isArray(payload) && !isBinary(headers)) return { kind: 'contradiction', header: 'Content-Type' };
  const sent = sentText(headers, payload);
  const attribute: Attribute = (name) => textAt({ text: sent(name) }, 'text');
  const given = sent('source') ?? '';
  const source = uriReference.test(given) ? given : 'urn:webhook:cloudevents';
  const subject = attribute('subject');
  return describeEvent({
    event: attribute('type'),
    deliveryId: sent('id'),
    idScope: given || source,
    source,
    subject,
    place: source,
    conversation: attribute('partitionkey') ?? joinSubject(source, subject),
    sent: isBinary(headers) ? headerAttributes(headers) : undefined,
  });
};

/**
 * Any sender of CloudEvents 1.0 over HTTP: structured, binary and batches. An id is unique together with its source only. The secret is a bearer token, or `access_token` in the URL (CloudEvents web hooks, section 3).
 */
export const cloudevents = defineProvider({
  name: 'cloudevents',
  signing: [
    { kind: 'token', header: 'Authorization', prefix: 'Bearer ', query: 'access_token', alphabet: 'base64url' },
  ],
  contentTypes: ['application/cloudevents+json', 'application/cloudevents-batch+json', 'application/json'],
  batchType: 'application/cloudevents-batch+json',
  takesAnyContent: isBinary,
  asksForConsent: true,
  replyBudgetMs: 9000,
  acceptedStatus: 202,
  afterFailure: 'Up to the sender; the specification asks it to honour Retry-After.',
  describe,
});
