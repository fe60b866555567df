import type { CircuitState } from './circuit-state.js';

/** Why a guarded call gave no value. `E` is the domain error of the dependency behind the breaker. */
export type CircuitBreakerError<E> =
  | { readonly kind: 'circuit-open'; readonly breaker: string; readonly retryAfterMs: number }
  | { readonly kind: 'timeout'; readonly breaker: string; readonly timeoutMs: number }
  | { readonly kind: 'operation-failed'; readonly breaker: string; readonly cause: E }
  | { readonly kind: 'too-many-concurrent-requests'; readonly breaker: string; readonly retryAfterMs: number }
  | { readonly kind: 'internal'; readonly breaker: string; readonly cause: unknown; readonly classifierError: unknown };

/** What a guarded call answers: it never throws because the dependency fails (REQ-009). */
export type CallResult<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: CircuitBreakerError<E> };

type Kind = CircuitBreakerError<unknown>['kind'];

/** Whether the breaker itself refused, so that the dependency was not asked. */
export const isCircuitProtection = ({ kind }: { readonly kind: Kind }): boolean =>
  kind === 'circuit-open' || kind === 'too-many-concurrent-requests';

/** Whether the dependency was asked and gave no value. Its classifier may still have said to ignore that. */
export const countsAsFailure = (error: { readonly kind: Kind }): boolean => !isCircuitProtection(error);

type ErrorOf<K extends Kind> = CircuitBreakerError<unknown> & { readonly kind: K };

/**
 * What `execute` throws: branch on `code`, which is the `kind` of the union that `call` answers, or on the class.
 * `fallbackError` is what a fallback threw that was asked instead.
 */
export abstract class GuardedCallError<K extends Kind = Kind> extends Error {
  readonly code: K;
  readonly breaker: string;
  /** Milliseconds until a further call may pass; 0 when none is refused. */
  readonly retryAfterMs: number;
  fallbackError: unknown;

  constructor(error: ErrorOf<K>, message: string) {
    super(message, 'cause' in error ? { cause: error.cause } : {});
    this.code = error.kind;
    this.breaker = error.breaker;
    this.retryAfterMs = 'retryAfterMs' in error ? error.retryAfterMs : 0;
  }

  get countsAsFailure(): boolean {
    return countsAsFailure({ kind: this.code });
  }

  get isCircuitProtection(): boolean {
    return isCircuitProtection({ kind: this.code });
  }
}

/** The breaker is open: the dependency was not asked. */
export class CircuitOpenError extends GuardedCallError<'circuit-open'> {
  override readonly name = 'CircuitOpenError';
}

/** Too many calls run, or too many probes while half-open: the dependency was not asked. */
export class TooManyConcurrentRequestsError extends GuardedCallError<'too-many-concurrent-requests'> {
  override readonly name = 'TooManyConcurrentRequestsError';
}

/** No answer in time. */
export class CallTimeoutError extends GuardedCallError<'timeout'> {
  override readonly name = 'CallTimeoutError';
  readonly timeoutMs: number;

  constructor(error: ErrorOf<'timeout'>) {
    super(error, `Operation timeout after ${error.timeoutMs}ms`);
    this.timeoutMs = error.timeoutMs;
  }
}

/** Anything can be thrown, even a value that cannot be converted to a string. */
const textOf = (thrown: unknown): string => {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return typeof thrown;
  }
};

/** The operation failed, or its caller gave up; `cause` is what the classifier made of what it threw. */
export class OperationFailedError extends GuardedCallError<'operation-failed'> {
  override readonly name = 'OperationFailedError';
}

/** The classifier threw; `cause` is what the operation had thrown, `classifierError` what the classifier did. */
export class InternalBreakerError extends GuardedCallError<'internal'> {
  override readonly name = 'InternalBreakerError';
  readonly classifierError: unknown;

  constructor(error: ErrorOf<'internal'>) {
    super(error, `Circuit breaker internal error: ${textOf(error.classifierError)}`);
    this.classifierError = error.classifierError;
  }
}

/** The error of a call as a class that can be thrown; `state` is the breaker's. */
export const toGuardedCallError = (error: CircuitBreakerError<unknown>, state: CircuitState): GuardedCallError => {
  switch (error.kind) {
    case 'circuit-open':
      return new CircuitOpenError(error, 'Circuit breaker is open - requests rejected');
    case 'too-many-concurrent-requests': {
      const when = state === 'HalfOpen' ? ' in half-open state' : '';
      return new TooManyConcurrentRequestsError(error, `Too many concurrent requests${when}`);
    }
    case 'timeout':
      return new CallTimeoutError(error);
    case 'operation-failed':
      return new OperationFailedError(error, `Operation failed: ${textOf(error.cause)}`);
    case 'internal':
      return new InternalBreakerError(error);
  }
};
