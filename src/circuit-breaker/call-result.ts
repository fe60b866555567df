/** Why a guarded call gave no value. `E` is the domain error of the dependency behind the breaker. */
export type CircuitBreakerError<E> =
  | { readonly kind: 'circuit-open'; readonly breaker: string; readonly retryAfterMs: number }
  | { readonly kind: 'timeout'; readonly breaker: string; readonly timeoutMs: number }
  | { readonly kind: 'operation-failed'; readonly breaker: string; readonly cause: E }
  | { readonly kind: 'too-many-concurrent-requests'; readonly breaker: string; readonly retryAfterMs: number }
  | { readonly kind: 'internal'; readonly breaker: string; readonly cause: unknown; readonly classifierError: unknown };

/** What a guarded call answers: it never throws for the dependency's sake (REQ-009). */
export type CallResult<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: CircuitBreakerError<E> };
