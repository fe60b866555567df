import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { CallOptions, GuardedCall } from '../circuit-breaker/guarded-call.js';
import type { Gate } from './gate.js';

/**
 * Calls through the breaker; what that refuses goes through the gate beside it, if that lets it through at once. For what is lost when
 * it is not written down now, and can go elsewhere meanwhile.
 */
export const breakerElseGate = <T, E>(breaker: GuardedCall<T, E>, gate: Gate<E>): GuardedCall<T, E> => ({
  async call<R extends T>(
    operation: (signal: AbortSignal) => Promise<R>,
    options?: CallOptions,
  ): Promise<CallResult<R, E>> {
    const result = await breaker.call(operation, options);
    const isRefused =
      !result.ok && (result.error.kind === 'circuit-open' || result.error.kind === 'too-many-concurrent-requests');
    return isRefused ? gate.call(operation, options) : result;
  },
});
