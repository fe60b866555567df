import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a header claims of a body: `{prefix}{lower-case hex}`, one signature and nothing else. */
export interface HmacHexClaim {
  readonly algorithm: 'sha256';
  /** What stands before the digits, e.g. `sha256=`; may be empty. */
  readonly prefix: string;
  readonly header: string | null;
  /** The raw bytes, as received. */
  readonly body: Buffer;
  readonly secret: string;
}

const digitsOf: Readonly<Record<HmacHexClaim['algorithm'], RegExp>> = { sha256: /^[0-9a-f]{64}$/ };

/**
 * Whether `secret` made the header's HMAC over these bytes (RFC 2104, lower-case hex). The text's form is checked before
 * it is decoded, for `Buffer.from` skips what is not hex; bytes are compared in constant time. An empty secret verifies
 * nothing: anyone could sign with it. Never throws.
 */
export const verifyHmacHex = ({ algorithm, prefix, header, body, secret }: HmacHexClaim): boolean => {
  if (secret === '' || header === null || !header.startsWith(prefix)) return false;
  const digits = header.slice(prefix.length);
  if (!digitsOf[algorithm].test(digits)) return false;
  const expected = createHmac(algorithm, secret).update(body).digest();
  return timingSafeEqual(Buffer.from(digits, 'hex'), expected);
};
