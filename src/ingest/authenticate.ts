import type { Delivery } from '../providers/delivery.js';
import type { Provider } from '../providers/provider.js';
import { webhookSecretName } from '../secrets/secret-names.js';
import type { SecretVersion } from '../secrets/secret-store.js';
import type { SecretUse } from '../secrets/secret-use.js';
import type { Secrets } from '../secrets/secrets.js';
import type { AllowedSources } from '../source-ranges/allowed-sources.js';
import type { AuthenticationFailures } from './authentication-failures.js';
import type { FailureReason, Rejected, Unavailable } from './outcome.js';
import type { RequestBudget } from './request-budget.js';

export type Authentication =
  | {
      readonly kind: 'verified';
      /** The value that verified, for handshakes that prove its possession. Never logged. */
      readonly secret: string;
      readonly secretVersion: string;
    }
  | Rejected
  /** `vaultIsAway`: the secret may well be there once the vault answers. */
  | (Unavailable & { readonly vaultIsAway: boolean });

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

/**
 * Decides whether a delivery is genuine. No secret to verify it with is never an acceptance: it answers `unavailable`
 * (503), so that the sender keeps the event. The signature is checked however many failures there were: a good one is taken.
 */
export const authenticate = async (
  { secrets, failures, secretUse, allowedSources }: AuthenticationPorts,
  request: AuthenticationRequest,
): Promise<Authentication> => {
  const { provider, delivery, clientAddress, budget } = request;
  const lookup = await secrets.lookUp(webhookSecretName(provider.name), { timeoutMs: budget.shareMs('secrets') });
  if (lookup.kind !== 'found') {
    return {
      kind: 'unavailable',
      code: 'SecretUnavailable',
      service: 'key-vault',
      retryAfterMs: lookup.retryAfterMs,
      vaultIsAway: lookup.kind === 'unavailable',
    };
  }
  const verifying = verifyingVersion(provider, delivery, lookup.versions);
  if (verifying === undefined) return fail(failures, request, 'signature');
  if (!(await allowedSources.allows(provider.name, clientAddress, budget.shareMs('sources')))) {
    return fail(failures, request, 'source');
  }
  secretUse.record(provider.name, verifying === lookup.versions[0] ? 'newest' : 'older');
  return { kind: 'verified', secret: verifying.value, secretVersion: verifying.version };
};
