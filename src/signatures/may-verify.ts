import type { SignedRequest, SigningScheme } from './signing-scheme.js';
import { claimOf } from './verify-signature.js';

const noBody = Buffer.alloc(0);

const claims = (scheme: SigningScheme, request: SignedRequest, nowMs: number): boolean => {
  switch (scheme.kind) {
    case 'hmac':
    case 'ed25519':
      return claimOf(scheme, request, nowMs) !== undefined;
    case 'token':
      return request.headers.get(scheme.header) !== null || (request.query?.get(scheme.query ?? '') ?? null) !== null;
    case 'basic':
      return request.headers.get('authorization') !== null;
  }
};

/**
 * Whether a request could verify with any secret at all, by its headers alone: `false` says that its body need not be looked at.
 * Never throws.
 */
export const mayVerify = (
  schemes: readonly SigningScheme[],
  request: Omit<SignedRequest, 'body'>,
  nowMs: number,
): boolean => schemes.some((scheme) => claims(scheme, { ...request, body: noBody }, nowMs));
