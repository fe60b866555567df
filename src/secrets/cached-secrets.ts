import type { Clock } from '../circuit-breaker/clock.js';
import type { GuardedCall } from '../circuit-breaker/guarded-call.js';
import type { Log } from '../observability/log.js';
import { CachedSecret } from './cached-secret.js';
import { createFitVersions } from './fit-versions.js';
import type { SecretError } from './secret-error.js';
import type { SecretStore, SecretVersion } from './secret-store.js';
import type { Secrets } from './secrets.js';

/** Cached secrets, and what a health report may know of them without asking the vault. */
export interface CachedSecrets extends Secrets {
  /** Whether `lookUp` would answer `found` even if the vault failed now. */
  isCached(name: string): boolean;
  /** How many versions `lookUp` would answer then; `undefined` when it would not answer `found`. */
  versionCount(name: string): number | undefined;
}

export interface CachedSecretsOptions {
  readonly store: SecretStore;
  readonly breaker: GuardedCall<readonly SecretVersion[], SecretError>;
  readonly clock: Clock;
  readonly log: Log;
  /** For so long a secret is served without asking the vault. A new version is known after this at the latest. */
  readonly refreshMs: number;
  /** For so long after it was read a secret is served while the vault fails. */
  readonly maxStaleMs: number;
  /** For so long a missing secret is remembered. */
  readonly negativeMs?: number;
  /** A further reason to refuse a value of the secret of that name. */
  readonly refuse?: (value: string, secretName: string) => string | undefined;
}

const defaultNegativeMs = 30_000;

/**
 * Secrets behind the vault's breaker, cached by name. Fails closed: without a fit version, read within `maxStaleMs`, there
 * is no secret. Asks only on a caller's behalf and within its time; shortly before a refresh is due it asks without making the
 * caller wait. Holds one entry a name, so callers ask for configured names only.
 */
export const createCachedSecrets = (options: CachedSecretsOptions): CachedSecrets => {
  const { store, breaker, clock, log, refuse, refreshMs, maxStaleMs, negativeMs = defaultNegativeMs } = options;
  const secrets = new Map<string, CachedSecret>();

  const create = (name: string): CachedSecret =>
    new CachedSecret({
      name,
      clock,
      log,
      ages: { refreshMs, maxStaleMs, negativeMs },
      fitVersions: createFitVersions(name, { log, refuse }),
      read: (timeoutMs) => breaker.call((signal) => store.liveVersions(name, signal), { timeoutMs }),
    });

  return {
    lookUp(name, { timeoutMs }) {
      const known = secrets.get(name);
      if (known !== undefined) return known.lookUp(timeoutMs);
      const secret = create(name);
      secrets.set(name, secret);
      return secret.lookUp(timeoutMs);
    },
    isCached: (name) => secrets.get(name)?.isUsable() ?? false,
    versionCount: (name) => secrets.get(name)?.versionCount(),
  };
};
