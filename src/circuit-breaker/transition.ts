import type { CircuitState } from './circuit-state.js';
import type { TripRule } from './trip-rules.js';

/** Why a breaker changed its state. */
export type TransitionReason =
  | TripRule
  | 'probe-failed'
  | 'probe-slow'
  | 'cool-down-elapsed'
  | 'success-threshold'
  | 'reset'
  | 'forced-open'
  | 'disabled'
  | 'enabled'
  | 'imported';

/** One change of a breaker's visible state. */
export interface Transition {
  readonly breaker: string;
  readonly from: CircuitState;
  readonly to: CircuitState;
  readonly reason: TransitionReason;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Time until probes are let through; 0 unless the breaker opened. */
  readonly retryAfterMs: number;
}

/** Told of every transition, in order, after the state has changed. What it throws or rejects with reaches nobody. */
export type TransitionListener = (transition: Transition) => void;
