import type { LabelsOf } from '../observability/metrics/metric-catalogue.js';
import type { Metrics } from '../observability/metrics/metrics.js';
import type { CachedSecrets } from './cached-secrets.js';
import type { SecretLookup, SecretSource } from './secrets.js';

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
