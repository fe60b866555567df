import type { GuardedCallError } from './call-errors.js';
import type { CallOptions } from './guarded-call.js';

/** In place of a value that was not to be had: the value itself, or a function that is told why. */
export type Fallback<R> = R | ((error: GuardedCallError) => R | Promise<R>);

/** Per-call choices of `execute`. */
export interface ExecuteOptions<R> extends CallOptions {
  readonly fallback?: Fallback<R>;
}

/** One use of a fallback. */
export interface FallbackUse {
  readonly breaker: string;
  /** `failed` when the fallback threw; what it threw is `error.fallbackError`. */
  readonly outcome: 'served' | 'failed';
  /** Why the call itself gave no value. */
  readonly error: GuardedCallError;
}

/** Told of every use of a fallback. What it throws or rejects with reaches nobody. */
export type FallbackListener = (use: FallbackUse) => void;

const isFunction = <R>(fallback: Fallback<R>): fallback is (error: GuardedCallError) => R | Promise<R> =>
  typeof fallback === 'function';

/** What the fallback gives. */
export const fallBack = async <R>(fallback: Fallback<R>, error: GuardedCallError): Promise<R> =>
  isFunction(fallback) ? fallback(error) : fallback;
