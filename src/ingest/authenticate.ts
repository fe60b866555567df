import type { Delivery } from '../providers/delivery.js';
import type { Provider } from '../providers/provider.js';
import { webhookSecretName } from '../secrets/secret-names.js';
import type { SecretVersion } from '../secrets/secret-store.js';
import type { Secrets } from '../secrets/secrets.js';
import type { Rejected, Unavailable } from './outcome.js';

export type Authentication =
  | { readonly kind: 'verified'; readonly secretVersion: string; readonly staleSecret: boolean }
  | Rejected
  | Unavailable;

const signatureInvalid: Rejected = {
  kind: 'rejected',
  code: 'SignatureInvalid',
  detail: 'The signature is missing, malformed, stale or wrong.',
};

/** Every live version is tried, without early exit: how long it takes says nothing about which one matched. */
const verifyingVersion = (
  provider: Provider,
  delivery: Delivery,
  versions: readonly SecretVersion[],
): string | undefined => versions.filter(({ value }) => provider.verify(delivery, value))[0]?.version;

/**
 * Decides whether a delivery is genuine. No secret to verify it with is never an acceptance: it answers `unavailable`
 * (503), so that the sender keeps the event.
 */
export const authenticate = async (
  secrets: Secrets,
  provider: Provider,
  delivery: Delivery,
  timeoutMs: number,
): Promise<Authentication> => {
  const lookup = await secrets.lookUp(webhookSecretName(provider.name), { timeoutMs });
  if (lookup.kind !== 'found') {
    return {
      kind: 'unavailable',
      code: 'SecretUnavailable',
      service: 'key-vault',
      retryAfterMs: lookup.retryAfterMs,
    };
  }
  const secretVersion = verifyingVersion(provider, delivery, lookup.versions);
  return secretVersion === undefined
    ? signatureInvalid
    : { kind: 'verified', secretVersion, staleSecret: lookup.stale };
};
