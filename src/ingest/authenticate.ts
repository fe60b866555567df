import type { Delivery } from '../providers/delivery.js';
import type { Provider } from '../providers/provider.js';
import { webhookSecretName } from '../secrets/secret-names.js';
import type { SecretVersion } from '../secrets/secret-store.js';
import type { Secrets } from '../secrets/secrets.js';
import type { Rejected, Unavailable } from './outcome.js';

export type Authentication =
  | {
      readonly kind: 'verified';
      /** The value that verified, for handshakes that prove its possession. Never logged. */
      readonly secret: string;
      readonly secretVersion: string;
      readonly staleSecret: boolean;
    }
  | Rejected
  | Unavailable;

const signatureInvalid: Rejected = {
  kind: 'rejected',
  code: 'SignatureInvalid',
  detail: 'The signature is missing, malformed, stale or wrong.',
};

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
  const verifying = verifyingVersion(provider, delivery, lookup.versions);
  return verifying === undefined
    ? signatureInvalid
    : { kind: 'verified', secret: verifying.value, secretVersion: verifying.version, staleSecret: lookup.stale };
};
