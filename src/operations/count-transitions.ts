import type { Transition, TransitionListener } from '../circuit-breaker/transition.js';
import type { Metrics } from '../observability/metrics.js';
import { stateLabels } from './state-labels.js';

/** Counts each change of a breaker's state, by the new state: what alerts on trips look at. */
export const createCountTransitions =
  (metrics: Metrics): TransitionListener =>
  ({ breaker, to }: Transition) =>
    metrics.count('breakwater_circuit_breaker_transitions_total', { breaker, to: stateLabels[to] });
