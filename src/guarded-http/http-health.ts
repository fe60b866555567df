import type { CircuitBreakerSnapshot } from '../circuit-breaker/circuit-breaker-snapshot.js';

/** How a client's dependency does, judged from its own calls: nothing is asked. */
export interface HttpHealth {
  /** `Unhealthy` when every breaker is open, `Degraded` when one is not closed or a limit holds. */
  readonly status: 'Healthy' | 'Degraded' | 'Unhealthy' | 'NotConfigured';
  /** Each sentence names an endpoint group and its trouble; empty when healthy. */
  readonly reasons: readonly string[];
}

export interface HttpHealthFacts {
  readonly isConfigured: boolean;
  /** How long a limit still holds. */
  readonly heldMs: number;
  readonly breakers: readonly CircuitBreakerSnapshot[];
}

const reasonOf = ({ name, state, lastFailure }: CircuitBreakerSnapshot): string =>
  `${name} is ${state}${lastFailure === null ? '' : `, last failure: ${lastFailure.reason}`}`;

/** Sums up a client's breakers. */
export const healthOf = ({ isConfigured, heldMs, breakers }: HttpHealthFacts): HttpHealth => {
  if (!isConfigured) return { status: 'NotConfigured', reasons: ['There is no address to call'] };
  const troubled = breakers.filter(({ isHealthy }) => !isHealthy);
  const held = heldMs > 0 ? [`A rate limit holds for ${Math.ceil(heldMs / 1_000)} s`] : [];
  const reasons = [...troubled.map(reasonOf), ...held];
  const isDown = breakers.length > 0 && breakers.every(({ state }) => state === 'Open');
  return { status: isDown ? 'Unhealthy' : reasons.length > 0 ? 'Degraded' : 'Healthy', reasons };
};
