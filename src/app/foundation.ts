import { type Breakers, createBreakers, createQueueBreakers } from '../breakers.js';
import { CircuitBreakerRegistry } from '../circuit-breaker/registry.js';
import type { Metrics } from '../observability/metrics.js';
import { createMetricsStore, type MetricsStore } from '../observability/metrics-store.js';
import { meteredSecrets } from '../operations/metered-secrets.js';
import { guardedOutbox } from '../outbox/guarded-outbox.js';
import { createRefuseSecret } from '../providers/secret-form.js';
import { createProviderLookup } from '../providers/select-providers.js';
import { isolatedSend } from '../routing/isolated-send.js';
import { guardedSend } from '../routing/route-event.js';
import { type CachedSecrets, createCachedSecrets } from '../secrets/cached-secrets.js';
import type { Dependencies } from './dependencies.js';

const createSecrets = (
  { settings, secretStore, clock, log }: Dependencies,
  breakers: Breakers,
  metrics: Metrics,
): CachedSecrets => {
  const secrets = createCachedSecrets({
    store: secretStore,
    breaker: breakers['key-vault'],
    clock,
    log,
    refreshMs: settings.secretRefreshMs,
    maxStaleMs: settings.secretMaxStaleMs,
    refuse: createRefuseSecret(settings, createProviderLookup(settings.providers, settings.ownProviders)),
  });
  return meteredSecrets(secrets, metrics);
};

/** What the handlers share: one of each per process, every call behind the breaker of its dependency. */
export interface Foundation {
  readonly breakers: Breakers;
  /** The three, and those of the queues as they come and go. */
  readonly registry: CircuitBreakerRegistry;
  readonly secrets: CachedSecrets;
  readonly outbox: ReturnType<typeof guardedOutbox>;
  readonly send: ReturnType<typeof isolatedSend>;
  readonly store: MetricsStore;
}

export const createFoundation = (dependencies: Dependencies): Foundation => {
  const store = createMetricsStore();
  const { settings, clock, log } = dependencies;
  const registry = new CircuitBreakerRegistry();
  const breakers = createBreakers({ settings: settings.circuitBreakers, clock, log, metrics: store });
  for (const breaker of Object.values(breakers)) registry.register(breaker);
  const queueBreakers = registry.registerGroup(createQueueBreakers({ clock, log, metrics: store }));
  return {
    breakers,
    registry,
    secrets: createSecrets(dependencies, breakers, store),
    outbox: guardedOutbox(dependencies.outbox, breakers['blob-storage']),
    send: isolatedSend(guardedSend(dependencies.queue, breakers['service-bus']), queueBreakers),
    store,
  };
};
