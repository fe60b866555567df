import type { LabelsOf } from '../observability/metrics/metric-catalogue.js';
import type { Metrics } from '../observability/metrics/metrics.js';
import type { Clock } from '../time/clock.js';
import type { SecretStanding } from './cached-secret.js';
import type { CachedSecrets } from './cached-secrets.js';
import { type SecretLookup, type SecretSource, webhookSecretName } from './secrets.js';

type Outcome = LabelsOf<'breakwater_secret_lookups_total'>['outcome'];

const outcomes: Readonly<Record<SecretSource, Outcome>> = { vault: 'fresh', cache: 'stale', fallback: 'fallback' };

const outcomeOf = (lookup: SecretLookup): Outcome => {
  if (lookup.kind !== 'found') return lookup.kind;
  return outcomes[lookup.source];
};

/** The same secrets, whose look-ups are counted by what the cache had to say. */
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
  /** Whether any provider's secret is not what the vault says now, or not to be used. */
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
