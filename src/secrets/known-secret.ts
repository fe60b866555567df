import type { SecretVersion } from './secret-store.js';
import type { SecretLookup } from './secrets.js';

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
