import type { GuardedCall } from '../circuit-breaker/guarded-call.js';
import type { Log } from '../observability/log/log.js';
import type { LabelsOf } from '../observability/metrics/metric-catalogue.js';
import type { Metrics } from '../observability/metrics/metrics.js';
import type { Clock } from '../time/clock.js';
import { CachedSecret, isRefusal, type SecretStanding, type VaultReading } from './cached-secret.js';
import { createFitVersions } from './fit-versions.js';
import type { SecretError, SecretStore, SecretVersion } from './secret-store.js';
import { type SecretLookup, type SecretSource, type Secrets, webhookSecretName } from './secrets.js';

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
    isCached: (name) => secrets.get(name)?.isCached ?? false,
    standing: (name) => secrets.get(name)?.standing() ?? { source: 'none', failing: false },
  };
};

type Outcome = LabelsOf<'breakwater_secret_lookups_total'>['outcome'];

const outcomes: Readonly<Record<SecretSource, Outcome>> = { vault: 'fresh', cache: 'stale', fallback: 'fallback' };

const outcomeOf = (lookup: SecretLookup): Outcome => {
  if (lookup.kind !== 'found') return lookup.kind;
  return outcomes[lookup.source];
};

/** The same secrets, with look-ups counted by the cache's result. */
export const meteredSecrets = (secrets: CachedSecrets, metrics: Metrics): CachedSecrets => ({
  isCached: (name) => secrets.isCached(name),
  standing: (name) => secrets.standing(name),
  async lookUp(name, options) {
    const lookup = await secrets.lookUp(name, options);
    metrics.count('breakwater_secret_lookups_total', { secret: name, outcome: outcomeOf(lookup) });
    return lookup;
  },
});

/** Whether the newest live version of a secret verified a delivery, or one before it, which then cannot be disabled yet. */
export type VersionAge = LabelsOf<'breakwater_secret_verifications_total'>['version'];

/** What deep health says of one provider's secret. */
export interface SecretFigures {
  /** Live and fit versions when the vault was last asked; `null`: none that could be used now. */
  readonly versions: number | null;
  /** What verifies deliveries now: the vault's own answer, the cache while the vault fails, the setting, or nothing. */
  readonly source: SecretStanding['source'];
  /** Why the newest version in the vault cannot be used; absent while it can. */
  readonly problem?: string;
  /** When an older version than the newest last verified a delivery, RFC 3339; `null`: never since this process started. */
  readonly olderLastNeeded: string | null;
}

/** Remembers which versions are still needed. Holds one time for each configured provider. */
export interface SecretUse {
  record(provider: string, version: VersionAge): void;
  /** By provider. */
  figures(): Readonly<Record<string, SecretFigures>>;
  /** Whether any provider's secret differs from what the vault has now, or is unusable. */
  isImpaired(): boolean;
}

const isWell = ({ source, failing, problem }: SecretStanding): boolean =>
  problem === undefined && (source === 'vault' || (source === 'none' && !failing));

export interface SecretUsePorts {
  readonly providers: readonly string[];
  readonly secrets: Pick<CachedSecrets, 'standing'>;
  readonly clock: Pick<Clock, 'epochMs'>;
  readonly metrics: Metrics;
}

/** Counts verifications by the age of the version that made them, so that operators see when an old one is safe to disable. */
export const createSecretUse = ({ providers, secrets, clock, metrics }: SecretUsePorts): SecretUse => {
  const olderNeededMs = new Map<string, number>();

  const figuresOf = (provider: string): SecretFigures => {
    const neededMs = olderNeededMs.get(provider);
    const { versions, source, problem } = secrets.standing(webhookSecretName(provider));
    return {
      versions: versions ?? null,
      source,
      ...(problem !== undefined && { problem }),
      olderLastNeeded: neededMs === undefined ? null : new Date(neededMs).toISOString(),
    };
  };

  return {
    record(provider, version) {
      metrics.count('breakwater_secret_verifications_total', { provider, version });
      if (version === 'older') olderNeededMs.set(provider, clock.epochMs());
    },
    isImpaired: () => !providers.every((provider) => isWell(secrets.standing(webhookSecretName(provider)))),
    figures: () => Object.fromEntries(providers.map((provider) => [provider, figuresOf(provider)])),
  };
};
