import type { CallResult, CircuitBreakerError } from './call-result.js';

/**
 * The result of a guarded call, or what `fallback` makes of its error: when that fails too, the fallback's error is the
 * result (what it throws becomes `internal`). It runs after the call was counted, so it never moves a breaker.
 */
export const withFallback = async <R, E, F>(
  call: Promise<CallResult<R, E>>,
  fallback: (error: CircuitBreakerError<E>) => CallResult<R, F> | Promise<CallResult<R, F>>,
): Promise<CallResult<R, F>> => {
  const result = await call;
  if (result.ok) return result;
  try {
    return await fallback(result.error);
  } catch (cause) {
    return { ok: false, error: { kind: 'internal', breaker: result.error.breaker, cause } };
  }
};
