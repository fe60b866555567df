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

/** What the vault last said of one secret, and when on the monotonic clock. `problem`: what is wrong with its newest version. */
export type KnownSecret =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'missing'; readonly atMs: number; readonly problem: string }
  | {
      readonly kind: 'found';
      readonly atMs: number;
      readonly versions: readonly SecretVersion[];
      readonly problem?: string;
    };

/** How long an answer of the vault holds, in milliseconds. */
export interface SecretAges {
  readonly refreshMs: number;
  readonly maxStaleMs: number;
  readonly negativeMs: number;
}

/** The answer that needs no vault, or `undefined` when it is time to ask. */
export const freshAnswer = (known: KnownSecret, nowMs: number, ages: SecretAges): SecretLookup | undefined => {
  if (known.kind === 'found' && nowMs - known.atMs < ages.refreshMs) {
    return { kind: 'found', versions: known.versions, source: 'vault' };
  }
  if (known.kind === 'missing' && nowMs - known.atMs < ages.negativeMs) {
    return { kind: 'missing', retryAfterMs: Math.ceil(known.atMs + ages.negativeMs - nowMs) };
  }
  return undefined;
};

/** The answer while the vault fails, or `undefined` when nothing is known, or nothing young enough. */
export const staleAnswer = (known: KnownSecret, nowMs: number, ages: SecretAges): FoundSecret | undefined =>
  known.kind === 'found' && nowMs - known.atMs < ages.maxStaleMs
    ? { kind: 'found', versions: known.versions, source: 'cache' }
    : undefined;

type FoundSecret = Extract<SecretLookup, { readonly kind: 'found' }>;
