import type { CallResult } from './call-result.js';

/** Per-call choices: the caller's own signal, and a deadline shorter than the breaker's operation timeout. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /**
   * The caller's own deadline: the call gets the smaller of this and the breaker's `operationTimeoutMs`. Below the breaker's
   * `fairTimeoutMs` its end is the caller's doing and blames nobody. At 0 the call is not made.
   */
  readonly timeoutMs?: number;
}

/** The commanding half of a breaker: all that a guarded port needs of it. */
export interface GuardedCall<T, E> {
  call<R extends T>(operation: (signal: AbortSignal) => Promise<R>, options?: CallOptions): Promise<CallResult<R, E>>;
}
