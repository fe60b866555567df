import type { CircuitState } from '../circuit-breaker/circuit-state.js';

/** A breaker's states as label values. */
export const stateLabels = {
  Closed: 'closed',
  HalfOpen: 'half-open',
  Open: 'open',
} as const satisfies Readonly<Record<CircuitState, string>>;
