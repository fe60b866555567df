import type { FaultReason } from '../faults/fault-reason.js';
import type { SecretVersion } from './secret-store.js';

/** The vault's name for the secret that a provider's deliveries are signed with. */
export const webhookSecretName = (provider: string): string => `${provider}-webhook-secret`;

/** The vault's name for the token that the operations ask for. */
export const adminTokenSecretName = 'admin-token';

/** Every secret that requests may ask for, by the vault's names. */
export const secretNamesOf = (providers: readonly string[]): readonly string[] => [
  ...providers.map(webhookSecretName),
  adminTokenSecretName,
];

/**
 * Where a secret comes from: the vault, asked within the refresh age; the cache, longer ago; or the setting that stands in for a
 * vault that has not answered yet.
 */
export type SecretSource = 'vault' | 'cache' | 'fallback';

/** Why no secret can be given: it does not exist or is unfit (`missing`), or the vault cannot be asked (`unavailable`). */
export type SecretLookup =
  | { readonly kind: 'found'; readonly versions: readonly SecretVersion[]; readonly source: SecretSource }
  | { readonly kind: 'missing'; readonly retryAfterMs: number }
  | { readonly kind: 'unavailable'; readonly retryAfterMs: number; readonly reason?: FaultReason };

export interface LookUpOptions {
  /** How long the caller waits at the most. */
  readonly timeoutMs: number;
  /**
   * What was given does not do: the vault is asked again, though not within ten seconds of the last time. The same list of versions
   * means that nothing else is known.
   */
  readonly again?: true;
}

/** Secrets as the rest of the product sees them: cached, refreshed, stale while the vault fails, never made up. */
export interface Secrets {
  lookUp(name: string, options: LookUpOptions): Promise<SecretLookup>;
}
