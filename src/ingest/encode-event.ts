import type { ArchivedPayload } from '../archive/payload-archive.js';
import { encodeEnvelope } from '../envelope/encode-envelope.js';
import type { EnvelopeData } from '../envelope/event-envelope.js';
import type { EncodedEvent } from '../routing/build-message.js';
import type { NormalizedEvent } from './normalize.js';

const encode = (event: NormalizedEvent, data: EnvelopeData): EncodedEvent => ({
  attributes: event.attributes,
  body: encodeEnvelope(event.attributes, data),
  sessionKeys: event.description.sessionKeys,
  ...(event.description.repository !== undefined && { repository: event.description.repository }),
});

/** base64 takes 4 bytes for 3. Checked before anything is encoded, so that a large payload is never copied. */
const inlineSize = ({ payload, verbatimJson }: NormalizedEvent): number =>
  verbatimJson ? payload.body.length : Math.ceil(payload.body.length / 3) * 4;

/** The event with its payload inside, or `undefined` when that would be above `maxMessageBytes`. */
export const encodeInline = (event: NormalizedEvent, maxMessageBytes: number): EncodedEvent | undefined => {
  if (inlineSize(event) > maxMessageBytes) return undefined;
  const encoded = encode(event, { kind: event.verbatimJson ? 'json' : 'binary', bytes: event.payload.body });
  return encoded.body.length > maxMessageBytes ? undefined : encoded;
};

/** The event as a claim check: where its payload lies, with hash and size to check it by. */
export const encodeClaimCheck = (event: NormalizedEvent, archived: ArchivedPayload): EncodedEvent => {
  const { sha256, body } = event.payload;
  return encode(event, { kind: 'claim-check', url: archived.url, sha256, size: body.length });
};
