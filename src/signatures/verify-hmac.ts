import { createHmac, type Hmac, timingSafeEqual } from 'node:crypto';
import { claimedSignatures } from './claimed-signatures.js';
import type { HmacKey } from './decode-key.js';
import { signedParts } from './signed-parts.js';
import type { HmacScheme, SignedRequest } from './signing-scheme.js';

/** How long a signature is. */
export const digestBytes = { sha256: 32, sha512: 64 } as const;

/** Node takes three times as long to begin with a key that is a Buffer: its bytes are given as text, too. */
const createHmacWith = (key: HmacKey, algorithm: HmacScheme['algorithm']): Hmac =>
  typeof key === 'string'
    ? createHmac(algorithm, key)
    : createHmac(algorithm, key.toString('latin1'), { encoding: 'latin1' });

/**
 * Whether `key` made one of the request's HMACs over its signed bytes (RFC 2104). Every claimed signature is compared, in
 * constant time. Never throws.
 */
export const verifyHmac = (scheme: HmacScheme, request: SignedRequest, key: HmacKey, nowMs: number): boolean => {
  const parts = signedParts(scheme, request, nowMs);
  const claimed = claimedSignatures(scheme, request, digestBytes[scheme.algorithm]);
  if (parts === undefined || claimed.length === 0 || key.length === 0) return false;
  const hmac = createHmacWith(key, scheme.algorithm);
  for (const part of parts) hmac.update(part);
  // A digest that Node makes a Buffer of itself gets memory of its own, which takes longer than this detour.
  const expected = Buffer.from(hmac.digest('binary'), 'binary');
  return claimed.filter((signature) => timingSafeEqual(signature, expected)).length > 0;
};
