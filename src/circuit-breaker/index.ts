/** What `breakwater/circuit-breaker` exports: a circuit breaker for any dependency, which knows nothing of Azure or webhooks. */

export type { Clock } from '../time/clock.js';
export type { CallResult, CircuitBreakerError } from './call-errors.js';
export {
  CallTimeoutError,
  CircuitOpenError,
  countsAsFailure,
  GuardedCallError,
  InternalBreakerError,
  isCircuitProtection,
  OperationFailedError,
  TooManyConcurrentRequestsError,
} from './call-errors.js';
export type { CallObserver, CallOutcome, LastFailure } from './call-ledger.js';
export { CircuitBreaker, type ManagedBreaker } from './circuit-breaker.js';
export type { CircuitBreakerOptions, CircuitBreakerOptionsPatch } from './circuit-breaker-options.js';
export { CircuitBreakerOptionsError, type OptionProblem } from './circuit-breaker-options.js';
export type { CircuitBreakerSnapshot } from './circuit-breaker-snapshot.js';
export type { SavedCircuitState } from './circuit-state.js';
export { allowsRequests, type CircuitMode, type CircuitState, isFailureState } from './circuit-state.js';
export type { ExecuteOptions, Fallback, FallbackListener, FallbackUse } from './fallbacks.js';
export type { CallOptions, Classified, Classify, GuardedCall } from './guarded-call.js';
export type { Transition, TransitionListener, TransitionReason } from './listeners.js';
export type { BreakerDefaults, CircuitBreakerParts } from './presets.js';
export { breakerPresets, defaultBreakerOptions, type PresetName } from './presets.js';
export {
  type BreakerGroup,
  CircuitBreakerRegistry,
  type GroupParts,
  KeyedBreakers,
  type KeyedBreakersParts,
  type RegistryHealth,
} from './registry.js';
