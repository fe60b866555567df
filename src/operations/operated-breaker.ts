import type { CircuitBreakerOptions, CircuitBreakerOptionsPatch } from '../circuit-breaker/circuit-breaker-options.js';
import type { CircuitBreakerSnapshot } from '../circuit-breaker/circuit-breaker-snapshot.js';

/** What operators see of one breaker, and can do to it; every `CircuitBreaker` is one. */
export interface OperatedBreaker {
  readonly name: string;
  readonly options: CircuitBreakerOptions;
  snapshot(): CircuitBreakerSnapshot;
  reset(): void;
  /** Throws `CircuitBreakerOptionsError` and changes nothing when the whole would not be usable. */
  updateOptions(patch: CircuitBreakerOptionsPatch): CircuitBreakerOptions;
}

/** Every breaker there is at this moment. */
export type AllBreakers = () => readonly OperatedBreaker[];
