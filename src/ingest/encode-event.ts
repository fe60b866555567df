import type { ArchivedPayload } from '../archive/payload-archive.js';
import { encodeEnvelope } from '../envelope/encode-envelope.js';
import { encodeWithin } from '../envelope/encode-within.js';
import type { EncodedEvent } from '../routing/build-message.js';
import type { NormalizedEvent } from './normalize.js';

const withBody = ({ attributes, description, payload }: NormalizedEvent, body: Buffer): EncodedEvent => ({
  attributes,
  body,
  sha256: payload.sha256,
  sessionKeys: description.sessionKeys,
  ...(description.repository !== undefined && { repository: description.repository }),
});

/** The event with its payload inside, or `undefined` when that would be above `maxMessageBytes`. */
export const encodeInline = (event: NormalizedEvent, maxMessageBytes: number): EncodedEvent | undefined => {
  const { verbatimJson, body } = event.payload;
  const data = { kind: verbatimJson ? 'json' : 'binary', bytes: body } as const;
  const encoded = encodeWithin(event.attributes, data, maxMessageBytes);
  return encoded === undefined ? undefined : withBody(event, encoded);
};

/** The event as a claim check: where its payload lies, with hash and size to check it by. */
export const encodeClaimCheck = (event: NormalizedEvent, archived: ArchivedPayload): EncodedEvent => {
  const { sha256, body } = event.payload;
  const data = { kind: 'claim-check', url: archived.url, sha256, size: body.length } as const;
  return withBody(event, encodeEnvelope(event.attributes, data));
};
