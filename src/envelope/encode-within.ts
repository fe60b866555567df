import { encodeEnvelope } from './encode-envelope.js';
import type { EnvelopeAttributes, EnvelopeData } from './event-envelope.js';

type InlineData = Exclude<EnvelopeData, { readonly kind: 'claim-check' }>;

/** What a payload of so many bytes takes inside an envelope: base64 takes 4 bytes for 3. */
export const inlineSize = (kind: InlineData['kind'], size: number): number =>
  kind === 'json' ? size : Math.ceil(size / 3) * 4;

/**
 * The envelope with its payload inside, or `undefined` when that would be above `maxBytes`; judged by the payload's size before
 * anything is encoded, so that a large one is never copied.
 */
export const encodeWithin = (
  attributes: EnvelopeAttributes,
  data: InlineData,
  maxBytes: number,
): Buffer | undefined => {
  if (inlineSize(data.kind, data.bytes.length) > maxBytes) return undefined;
  const encoded = encodeEnvelope(attributes, data);
  return encoded.length > maxBytes ? undefined : encoded;
};
