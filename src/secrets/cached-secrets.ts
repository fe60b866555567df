import type { GuardedCall } from '../circuit-breaker/guarded-call.js';
import type { Log } from '../observability/log/log.js';
import type { Clock } from '../time/clock.js';
import { CachedSecret, isRefusal, type SecretStanding, type VaultReading } from './cached-secret.js';
import { createFitVersions } from './fit-versions.js';
import type { SecretError, SecretStore, SecretVersion } from './secret-store.js';
import type { Secrets } from './secrets.js';

/** Cached secrets, and what a health report may know of them without asking the vault. */
export interface CachedSecrets extends Secrets {
  /** Whether `lookUp` would answer `found` even if the vault failed now. */
  isCached(name: string): boolean;
  /** What is known of it now; asks nobody. */
  standing(name: string): SecretStanding;
}

export interface CachedSecretsOptions {
  readonly store: SecretStore;
  readonly breaker: GuardedCall<readonly SecretVersion[], SecretError>;
  /** Tried when the breaker lets nothing through and nothing else would verify; absent: never. */
  readonly lastResort?: GuardedCall<readonly SecretVersion[], SecretError>;
  readonly clock: Clock;
  readonly log: Log;
  /** For so long a secret is served without asking the vault. A new version is known after this at the latest. */
  readonly refreshMs: number;
  /** For so long after it was read a secret is served while the vault fails; and the fallback, from the start on. */
  readonly maxStaleMs: number;
  /** For so long a missing secret is remembered. */
  readonly negativeMs?: number;
  /** A further reason to refuse a value of the secret of that name. */
  readonly refuse?: (value: string, secretName: string) => string | undefined;
  /** By secret name: what stands in for the vault until it first answers. */
  readonly fallback?: Readonly<Record<string, string>>;
  /** Runs work outside of the request that happens to need it; absent: inside. */
  readonly outside?: <R>(work: () => R) => R;
}

const defaultNegativeMs = 30_000;

/** What the fallback's version is called in logs and in the archive. */
const settingVersion = 'setting';

/** The vault was not asked at all. */
const isRejected = (result: VaultReading['result']): boolean =>
  !result.ok && (result.error.kind === 'circuit-open' || result.error.kind === 'too-many-concurrent-requests');

/**
 * Secrets behind the vault's breaker, cached by name. Fails closed: without a fit version, read within `maxStaleMs`, there
 * is no secret, but for the fallback of a vault that has never answered. Holds one entry a name, so callers ask for configured
 * names only. A look-up takes the breaker's time, not its caller's: who waits for it leaves when the own time is up.
 */
export const createCachedSecrets = (options: CachedSecretsOptions): CachedSecrets => {
  const { store, breaker, clock, log, refuse, refreshMs, maxStaleMs, negativeMs = defaultNegativeMs } = options;
  const { lastResort, fallback = {}, outside = (work) => work() } = options;
  const secrets = new Map<string, CachedSecret>();

  const read = async (name: string, needed: boolean): Promise<VaultReading> => {
    const ask = (signal: AbortSignal) => store.liveVersions(name, signal);
    const result = await breaker.call(ask);
    if (!needed || lastResort === undefined || !isRejected(result)) return { result, isConfirmed: true };
    const tried = await lastResort.call(ask);
    return { result: tried.ok || isRefusal(tried.error) ? tried : result, isConfirmed: false };
  };

  const create = (name: string): CachedSecret => {
    const value = fallback[name];
    const settings = value === undefined ? [] : [{ version: settingVersion, value }];
    return new CachedSecret({
      name,
      clock,
      log,
      ages: { refreshMs, maxStaleMs, negativeMs },
      fitVersions: createFitVersions(name, { log, refuse }),
      fallback: createFitVersions(name, { log, refuse })(settings).versions,
      read: (needed) => read(name, needed),
      outside,
    });
  };

  const entry = (name: string): CachedSecret => {
    const known = secrets.get(name);
    if (known !== undefined) return known;
    const secret = create(name);
    secrets.set(name, secret);
    return secret;
  };
  // From the start, so that the fallback's age is the process's.
  for (const name of Object.keys(fallback)) entry(name);

  return {
    lookUp: (name, options) => entry(name).lookUp(options),
    isCached: (name) => (secrets.get(name)?.standing().source ?? 'none') !== 'none',
    standing: (name) => secrets.get(name)?.standing() ?? { source: 'none', failing: false },
  };
};
