import type { ManagedBreaker } from '../circuit-breaker/managed-breaker.js';
import type { Metrics } from '../observability/metrics.js';
import { stateLabels } from './state-labels.js';

type Observed = Pick<ManagedBreaker, 'name' | 'subscribe' | 'observeCalls'>;

/**
 * Counts a breaker's calls and transitions, and times its calls. Counted here and not read from the breaker, so that a reset
 * makes no counter fall. Answers the breaker.
 */
export const observeBreaker = <B extends Observed>(breaker: B, metrics: Metrics): B => {
  const { name } = breaker;
  breaker.subscribe(({ to }) => {
    metrics.count('breakwater_circuit_breaker_transitions_total', { breaker: name, to: stateLabels[to] });
  });
  breaker.observeCalls((outcome, durationMs) => {
    metrics.count('breakwater_circuit_breaker_calls_total', { breaker: name, outcome });
    if (outcome === 'rejected') return;
    metrics.observe('breakwater_circuit_breaker_call_duration_seconds', { breaker: name }, durationMs / 1000);
  });
  return breaker;
};
