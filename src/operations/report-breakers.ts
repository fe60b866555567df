import type { CircuitBreakerSnapshot } from '../circuit-breaker/circuit-breaker-snapshot.js';
import { type BreakerConfiguration, configurationOf } from './breaker-configuration.js';
import type { OperatedBreaker } from './operated-breaker.js';

export interface BreakerReport extends CircuitBreakerSnapshot {
  readonly configuration: BreakerConfiguration;
}

/** State, metrics and configuration of each breaker, by name. Reading changes nothing. */
export const reportBreakers = (breakers: readonly OperatedBreaker[]): Readonly<Record<string, BreakerReport>> =>
  Object.fromEntries(
    breakers.map((breaker) => [
      breaker.name,
      { ...breaker.snapshot(), configuration: configurationOf(breaker.options) },
    ]),
  );
