import type { MetricsStore } from '../observability/metrics-store.js';
import type { AllBreakers } from './operated-breaker.js';
import { stateLabels } from './state-labels.js';

export interface GaugeSources {
  readonly breakers: AllBreakers;
  readonly secretNames: readonly string[];
  readonly isSecretCached: (name: string) => boolean;
  readonly version: string;
}

/** Reads what is true now: the states of the breakers, and which secrets would outlive an outage of the vault. */
export const createSetGauges =
  ({ breakers, secretNames, isSecretCached, version }: GaugeSources) =>
  (store: MetricsStore): void => {
    store.set('breakwater_build_info', { version }, 1);
    for (const breaker of breakers()) {
      const { name, state, running, consecutiveFailures } = breaker.snapshot();
      for (const label of Object.values(stateLabels)) {
        const value = label === stateLabels[state] ? 1 : 0;
        store.set('breakwater_circuit_breaker_state', { breaker: name, state: label }, value);
      }
      store.set('breakwater_circuit_breaker_calls_running', { breaker: name }, running);
      store.set('breakwater_circuit_breaker_consecutive_failures', { breaker: name }, consecutiveFailures);
    }
    for (const secret of secretNames) {
      store.set('breakwater_secret_cached', { secret }, isSecretCached(secret) ? 1 : 0);
    }
  };
