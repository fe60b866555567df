import type { Delivery, Provider } from '../providers/provider.js';
import type { SecretUse } from '../secrets/cached-secrets.js';
import type { SecretVersion } from '../secrets/secret-store.js';
import { type SecretLookup, type Secrets, webhookSecretName } from '../secrets/secrets.js';
import type { AllowedSources } from '../source-ranges/allowed-sources.js';
import type { AuthenticationFailures } from './authentication-failures.js';
import type { FailureReason, Rejected, Unavailable } from './outcome.js';
import type { RequestBudget } from './time-limits.js';

export type Authentication =
  | {
      readonly kind: 'verified';
      /** The value that verified, for handshakes that prove its possession. Never logged. */
      readonly secret: string;
      readonly secretVersion: string;
    }
  | Rejected
  | NoSecret;

/** `vaultIsAway`: the secret may well be there once the vault answers. */
type NoSecret = Unavailable & { readonly vaultIsAway: boolean };

export interface AuthenticationPorts {
  readonly secrets: Secrets;
  readonly failures: AuthenticationFailures;
  readonly secretUse: Pick<SecretUse, 'record'>;
  readonly allowedSources: Pick<AllowedSources, 'allows'>;
}

export interface AuthenticationRequest {
  readonly provider: Provider;
  readonly delivery: Delivery;
  /** The caller's address as the platform saw it. */
  readonly clientAddress: string | undefined;
  readonly budget: RequestBudget;
}

/**
 * Every live version is tried, without early exit: how long it takes says nothing about which one matched. Freshness is judged
 * at the time of arrival, so that a slow vault makes no delivery stale.
 */
const verifyingVersion = (
  provider: Provider,
  delivery: Delivery,
  versions: readonly SecretVersion[],
): SecretVersion | undefined =>
  versions.filter(({ value }) => provider.verify(delivery, value, delivery.receivedAt.getTime()))[0];

/** What a failure is told after too many from one place. */
export const tooManyFailures = (reason: FailureReason, retryAfterMs: number): Rejected => ({
  kind: 'rejected',
  code: 'TooManyFailedAuthentications',
  detail: 'Too many deliveries from this address did not verify. One that is signed well is still taken.',
  reason,
  retryAfterMs,
});

/** The same words whatever the reason was; after too many failures from one place, only that there were too many: except to a
 * sender that tests with bad signatures that they are refused as such. */
const fail = (
  failures: AuthenticationFailures,
  { provider, clientAddress }: AuthenticationRequest,
  reason: FailureReason,
): Rejected => {
  const retryAfterMs = provider.probesSignatures ? undefined : failures.add(provider.name, clientAddress);
  return retryAfterMs === undefined
    ? {
        kind: 'rejected',
        code: 'SignatureInvalid',
        detail: 'The signature is missing, malformed, stale or wrong.',
        reason,
      }
    : tooManyFailures(reason, retryAfterMs);
};

/** The vault is asked whether there is a newer secret before a delivery is taken for a forged one; nobody waits longer for that. */
const secondLookMs = 1_000;

interface Verification {
  readonly kind: 'judged';
  readonly verifying: SecretVersion | undefined;
  readonly isNewest: boolean;
}

const noSecret = (lookup: Exclude<SecretLookup, { readonly kind: 'found' }>): NoSecret => ({
  kind: 'unavailable',
  code: 'SecretUnavailable',
  service: 'key-vault',
  retryAfterMs: lookup.retryAfterMs,
  causes: [{ of: 'key-vault', reason: lookup.kind === 'missing' ? 'no-usable-secret' : (lookup.reason ?? 'timeout') }],
  vaultIsAway: lookup.kind === 'unavailable',
});

/** By what the cache knows, and if that does not verify it, by what the vault says now. */
const verify = async (
  secrets: Secrets,
  { provider, delivery, budget }: AuthenticationRequest,
): Promise<Verification | NoSecret> => {
  const name = webhookSecretName(provider.name);
  const judge = (versions: readonly SecretVersion[]): Verification => {
    const verifying = verifyingVersion(provider, delivery, versions);
    return { kind: 'judged', verifying, isNewest: verifying === versions[0] };
  };
  const lookup = await secrets.lookUp(name, { timeoutMs: budget.shareMs('secrets') });
  if (lookup.kind !== 'found') return noSecret(lookup);
  const first = judge(lookup.versions);
  if (first.verifying !== undefined) return first;
  // The setting is one version, which was not waited with for the vault: that may know the one that verifies.
  const mostMs = lookup.source === 'fallback' ? Number.POSITIVE_INFINITY : secondLookMs;
  const timeoutMs = Math.min(budget.shareMs('secrets'), mostMs);
  const second = await secrets.lookUp(name, { timeoutMs, again: true });
  if (second.kind !== 'found') return noSecret(second);
  return second.versions === lookup.versions ? first : judge(second.versions);
};

/**
 * Decides whether a delivery is genuine. No secret to verify it with is never an acceptance: it answers `unavailable`
 * (503), so that the sender keeps the event. The signature is checked however many failures there were: a good one is taken.
 */
export const authenticate = async (
  { secrets, failures, secretUse, allowedSources }: AuthenticationPorts,
  request: AuthenticationRequest,
): Promise<Authentication> => {
  const { provider, clientAddress, budget } = request;
  const verification = await verify(secrets, request);
  if (verification.kind === 'unavailable') return verification;
  const { verifying, isNewest } = verification;
  if (verifying === undefined) return fail(failures, request, 'signature');
  const allows = allowedSources.allows(provider.name, clientAddress, budget.shareMs('sources'));
  if (allows !== true && !(await allows)) {
    return fail(failures, request, 'source');
  }
  secretUse.record(provider.name, isNewest ? 'newest' : 'older');
  return { kind: 'verified', secret: verifying.value, secretVersion: verifying.version };
};
