import type { CallObserver } from './call-ledger.js';
import type { CircuitBreakerOptions, CircuitBreakerOptionsPatch } from './circuit-breaker-options.js';
import type { CircuitBreakerSnapshot } from './circuit-breaker-snapshot.js';
import type { CircuitState } from './circuit-state.js';
import type { FallbackListener } from './fallback.js';
import type { SavedCircuitState } from './saved-state.js';
import type { TransitionListener } from './transition.js';

/** The reading half of a breaker. Nothing here changes anything. */
export interface BreakerReadings {
  readonly name: string;
  readonly state: CircuitState;
  readonly isHealthy: boolean;
  /** Milliseconds until a call may pass again; 0 when calls are not refused. */
  readonly retryAfterMs: number;
  readonly options: CircuitBreakerOptions;
  snapshot(): CircuitBreakerSnapshot;
  exportState(): SavedCircuitState;
}

/** What an operator can tell a breaker. */
export interface BreakerCommands {
  reset(): void;
  forceOpen(): void;
  disable(): void;
  enable(): void;
  updateOptions(patch: CircuitBreakerOptionsPatch): CircuitBreakerOptions;
  importState(saved: unknown): void;
}

/** A breaker as operations and telemetry know it, whatever it guards. */
export interface ManagedBreaker extends BreakerReadings, BreakerCommands {
  subscribe(listener: TransitionListener): () => void;
  observeCalls(observer: CallObserver): () => void;
  observeFallbacks(listener: FallbackListener): () => void;
}
