import type { EnvelopeAttributes, EnvelopeData } from './event-envelope.js';

/** The members that carry the payload, as far as they are ours to spell; the payload's own bytes follow `before`. */
const framing = (data: EnvelopeData): { readonly before: string; readonly after: string } => {
  switch (data.kind) {
    case 'json':
      return { before: ',"data":', after: '}' };
    case 'binary':
      return { before: ',"data_base64":"', after: '"}' };
    case 'claim-check': {
      const { url, sha256, size } = data;
      return { before: `,${JSON.stringify({ dataref: url, datasha256: sha256, datasize: size }).slice(1)}`, after: '' };
    }
  }
};

const payloadLength = (data: EnvelopeData): number => {
  switch (data.kind) {
    case 'json':
      return data.bytes.length;
    case 'binary':
      return Math.ceil(data.bytes.length / 3) * 4;
    case 'claim-check':
      return 0;
  }
};

const writePayload = (target: Buffer, at: number, data: EnvelopeData): void => {
  if (data.kind === 'json') target.set(data.bytes, at);
  if (data.kind === 'binary') target.write(data.bytes.toString('base64'), at, 'latin1');
};

/** What the sender added stands among the others; most add nothing. */
const membersOf = (attributes: EnvelopeAttributes): object => {
  if (attributes.extensions === undefined) return attributes;
  const { extensions, ...own } = attributes;
  return { ...own, ...extensions };
};

/**
 * The envelope as CloudEvents JSON (section 3.1 of its JSON format), payload last. `json` bytes must be JSON text without a
 * byte order mark; they are placed as they are, so that no number, key order or escape changes on the way to a bot.
 */
export const encodeEnvelope = (attributes: EnvelopeAttributes, data: EnvelopeData): Buffer => {
  const { before, after } = framing(data);
  const members = JSON.stringify(membersOf(attributes));
  // In the place of the last brace.
  const membersEnd = Buffer.byteLength(members) - 1;
  const payloadStart = membersEnd + Buffer.byteLength(before);
  const payloadEnd = payloadStart + payloadLength(data);
  const encoded = Buffer.allocUnsafe(payloadEnd + after.length);
  encoded.write(members, 0, 'utf8');
  encoded.write(before, membersEnd, 'utf8');
  writePayload(encoded, payloadStart, data);
  encoded.write(after, payloadEnd, 'latin1');
  return encoded;
};

type InlineData = Exclude<EnvelopeData, { readonly kind: 'claim-check' }>;

/** The size of a payload of so many bytes inside an envelope: base64 takes 4 bytes for 3. */
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
