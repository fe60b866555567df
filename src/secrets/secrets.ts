import type { SecretVersion } from './secret-store.js';

/** Why no secret can be given: it does not exist or is unfit (`missing`), or the vault cannot be asked (`unavailable`). */
export type SecretLookup =
  | { readonly kind: 'found'; readonly versions: readonly SecretVersion[]; readonly stale: boolean }
  | { readonly kind: 'missing'; readonly retryAfterMs: number }
  | { readonly kind: 'unavailable'; readonly retryAfterMs: number };

/** Secrets as the rest of the product sees them: cached, refreshed, stale while the vault fails, never made up. */
export interface Secrets {
  lookUp(name: string, options: { readonly timeoutMs: number }): Promise<SecretLookup>;
}
