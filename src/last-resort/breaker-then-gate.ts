import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { ManagedBreaker } from '../circuit-breaker/circuit-breaker.js';
import type { CallOptions, GuardedCall } from '../circuit-breaker/guarded-call.js';
import type { Gate } from './gate.js';

/** A breaker's way for work that may take the gate beside it. */
export interface BreakerThenGate<T, E> extends GuardedCall<T, E> {
  /** Time until a call may pass one of the two; 0 when it may. */
  readonly retryAfterMs: number;
  /** Calls pass in any number. */
  readonly isHealthy: boolean;
}

/**
 * Calls through the breaker; while that refuses, through the gate, once somebody was answered there. So work that brings what is
 * owed need not wait for the cool-down of a dependency that is known to answer again.
 */
export const breakerThenGate = <T, E>(
  breaker: GuardedCall<T, E> & Pick<ManagedBreaker, 'retryAfterMs' | 'isHealthy'>,
  gate: Gate<E>,
): BreakerThenGate<T, E> => ({
  async call<R extends T>(
    operation: (signal: AbortSignal) => Promise<R>,
    options?: CallOptions,
  ): Promise<CallResult<R, E>> {
    const result = await breaker.call(operation, options);
    const isRefused =
      !result.ok && (result.error.kind === 'circuit-open' || result.error.kind === 'too-many-concurrent-requests');
    return isRefused && gate.isProven ? gate.call(operation, options) : result;
  },
  get retryAfterMs() {
    return gate.isProven ? 0 : breaker.retryAfterMs;
  },
  get isHealthy() {
    return breaker.isHealthy || gate.isProven;
  },
});
