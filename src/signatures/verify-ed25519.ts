import { createPublicKey, verify } from 'node:crypto';
import { claimedSignatures } from './claimed-signatures.js';
import { signedParts } from './signed-parts.js';
import type { Ed25519Scheme, SignedRequest } from './signing-scheme.js';

/** How long a signature is. */
export const signatureBytes = 64;

/** Each is checked against the whole body, which takes half a second at 25 MB; a sender that rolls its key sends two. */
const mostSignatures = 4;

/** Whether the private half of `publicKey` made one of the request's signatures over its signed bytes (RFC 8032). Never throws. */
export const verifyEd25519 = (
  scheme: Ed25519Scheme,
  request: SignedRequest,
  publicKey: Buffer,
  nowMs: number,
): boolean => {
  const parts = signedParts(scheme, request, nowMs);
  const claimed = claimedSignatures(scheme, request, signatureBytes);
  if (parts === undefined || claimed.length === 0 || claimed.length > mostSignatures) return false;
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: publicKey.toString('base64url') },
    format: 'jwk',
  });
  const signed = Buffer.concat(parts);
  return claimed.filter((signature) => verify(null, signed, key, signature)).length > 0;
};
