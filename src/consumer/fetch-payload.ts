import { createHash } from 'node:crypto';
import { EnvelopeError, type ReceivedEvent, type ReceivedPayload } from './parse-envelope.js';

/** Gets the bytes at a URL of the archive, with the bot's own identity. */
export type Download = (url: string) => Promise<Uint8Array>;

const check = (bytes: Buffer, expected: { readonly sha256: string; readonly size: number }): Buffer => {
  if (bytes.length !== expected.size) {
    throw new EnvelopeError('payload-mismatch', `The payload has ${bytes.length} bytes instead of ${expected.size}`);
  }
  if (createHash('sha256').update(bytes).digest('hex') !== expected.sha256) {
    throw new EnvelopeError('payload-mismatch', 'The payload is not what was received: its hash differs');
  }
  return bytes;
};

/** The bytes in hand: as they were sent, or, of a payload that was parsed before, written anew. */
export const bytesInHand = (payload: Exclude<ReceivedPayload, { readonly kind: 'claim-check' }>): Buffer =>
  payload.kind === 'inline' ? payload.bytes : Buffer.from(JSON.stringify(payload.value));

/**
 * The event's payload, byte for byte: from the envelope, or by `download` when it travels as a claim check; then its size and
 * hash are checked. A payload that was `parsed` before is written anew: JSON, but not the bytes that were sent. Throws `EnvelopeError`, and
 * whatever `download` throws.
 */
export const fetchPayload = async (
  { payload }: Pick<ReceivedEvent, 'payload'>,
  download: Download,
): Promise<Buffer> => {
  if (payload.kind !== 'claim-check') return bytesInHand(payload);
  const bytes = await download(payload.url);
  return check(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), payload);
};
