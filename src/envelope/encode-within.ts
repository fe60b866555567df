import { encodeEnvelope } from './encode-envelope.js';
import type { EnvelopeAttributes, EnvelopeData } from './event-envelope.js';

type InlineData = Exclude<EnvelopeData, { readonly kind: 'claim-check' }>;

/** base64 takes 4 bytes for 3. */
const inlineSize = ({ kind, bytes }: InlineData): number =>
  kind === 'json' ? bytes.length : Math.ceil(bytes.length / 3) * 4;

/**
 * The envelope with its payload inside, or `undefined` when that would be above `maxBytes`; judged by the payload's size before
 * anything is encoded, so that a large one is never copied.
 */
export const encodeWithin = (
  attributes: EnvelopeAttributes,
  data: InlineData,
  maxBytes: number,
): Buffer | undefined => {
  if (inlineSize(data) > maxBytes) return undefined;
  const encoded = encodeEnvelope(attributes, data);
  return encoded.length > maxBytes ? undefined : encoded;
};
