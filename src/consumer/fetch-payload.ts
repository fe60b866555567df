import { createHash } from 'node:crypto';
import { EnvelopeError } from './envelope-error.js';
import type { ReceivedEvent } from './parse-envelope.js';

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

/**
 * The event's payload, byte for byte: from the envelope, or by `download` when it travels as a claim check; then its size and
 * hash are checked. Throws `EnvelopeError`, and whatever `download` throws.
 */
export const fetchPayload = async (
  { payload }: Pick<ReceivedEvent, 'payload'>,
  download: Download,
): Promise<Buffer> => {
  if (payload.kind === 'inline') return payload.bytes;
  const bytes = await download(payload.url);
  return check(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), payload);
};
