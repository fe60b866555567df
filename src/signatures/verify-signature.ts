import { decodeHmacKey, decodePublicKey } from './decode-key.js';
import type { SignedRequest, SigningScheme } from './signing-scheme.js';
import { verifyEd25519 } from './verify-ed25519.js';
import { verifyHmac } from './verify-hmac.js';
import { verifyBasic, verifyToken } from './verify-token.js';

/** A check that one secret has been bound to. */
type Check = (request: SignedRequest, nowMs: number) => boolean;

const checkFor = (scheme: SigningScheme, secret: string): Check | undefined => {
  switch (scheme.kind) {
    case 'hmac': {
      const key = decodeHmacKey(secret, scheme.key);
      return key === undefined ? undefined : (request, nowMs) => verifyHmac(scheme, request, key, nowMs);
    }
    case 'ed25519': {
      const key = decodePublicKey(secret, scheme.key);
      return key && ((request, nowMs) => verifyEd25519(scheme, request, key, nowMs));
    }
    case 'token':
      return secret === '' ? undefined : (request) => verifyToken(scheme, request, secret);
    case 'basic':
      return secret.includes(':') ? (request) => verifyBasic(request, secret) : undefined;
  }
};

export interface SignatureToVerify {
  /** The ways this sender signs, in order: the first that the secret has the form for is the only one that counts. */
  readonly schemes: readonly SigningScheme[];
  readonly request: SignedRequest;
  readonly secret: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/**
 * Whether the holder of `secret` sent this request. The form of the secret decides which scheme is asked; the request
 * decides nothing, so a sender cannot fall back to a weaker one. Never throws.
 */
export const verifySignature = ({ schemes, request, secret, nowMs }: SignatureToVerify): boolean => {
  for (const scheme of schemes) {
    const check = checkFor(scheme, secret);
    if (check !== undefined) return check(request, nowMs);
  }
  return false;
};

/** Whether a secret's text has the form that one of the schemes asks for. */
export const isSecretForm = (schemes: readonly SigningScheme[], secret: string): boolean =>
  schemes.some((scheme) => checkFor(scheme, secret) !== undefined);
