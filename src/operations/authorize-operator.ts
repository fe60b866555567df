import { adminTokenSecretName, type Secrets } from '../secrets/secrets.js';
import { constantTimeEqual } from '../signatures/shown-secret.js';

export type OperatorAuthorization =
  | { readonly kind: 'authorized'; readonly tokenVersion: string }
  | { readonly kind: 'refused' }
  | { readonly kind: 'unavailable'; readonly retryAfterMs: number };

/** Decides on the `Authorization` header of a command. */
export type AuthorizeOperator = (authorization: string | null) => Promise<OperatorAuthorization>;

const bearer = /^Bearer +([\x21-\x7e]{1,512})$/i;
const lookUpTimeoutMs = 5_000;

/**
 * `Authorization: Bearer <admin token>` (RFC 6750, section 2.1) against every live version of the token, each in constant
 * time and without early exit. Refused when no token is configured: a command without an owner is never carried out.
 */
export const createAuthorizeOperator =
  (secrets: Secrets): AuthorizeOperator =>
  async (authorization) => {
    const token = bearer.exec(authorization ?? '')?.[1];
    if (token === undefined) return { kind: 'refused' };
    const lookup = await secrets.lookUp(adminTokenSecretName, { timeoutMs: lookUpTimeoutMs });
    if (lookup.kind === 'unavailable') return lookup;
    const versions = lookup.kind === 'found' ? lookup.versions : [];
    const [matching] = versions.filter(({ value }) => constantTimeEqual(token, value));
    return matching === undefined ? { kind: 'refused' } : { kind: 'authorized', tokenVersion: matching.version };
  };
