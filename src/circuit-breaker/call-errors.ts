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

interface CallErrorParts {
  readonly breaker: string;
  readonly message: string;
  readonly cause?: unknown;
}

/**
 * What `execute` throws: branch on `code`, which is the `kind` of the union that `call` answers, or on the class.
 * `fallbackError` is what a fallback threw that was asked instead.
 */
export abstract class GuardedCallError extends Error {
  abstract readonly code: Kind;
  readonly breaker: string;
  /** Milliseconds until a further call may pass; 0 when none is refused. */
  readonly retryAfterMs: number = 0;
  fallbackError: unknown;

  constructor({ breaker, message, ...options }: CallErrorParts) {
    super(message, options);
    this.breaker = breaker;
  }

  get countsAsFailure(): boolean {
    return countsAsFailure({ kind: this.code });
  }

  get isCircuitProtection(): boolean {
    return isCircuitProtection({ kind: this.code });
  }
}

/** The breaker is open: the dependency was not asked. */
export class CircuitOpenError extends GuardedCallError {
  override readonly name = 'CircuitOpenError';
  readonly code = 'circuit-open';
  override readonly retryAfterMs: number;

  constructor(breaker: string, retryAfterMs: number) {
    super({ breaker, message: 'Circuit breaker is open - requests rejected' });
    this.retryAfterMs = retryAfterMs;
  }
}

/** Too many calls run, or too many probes while half-open: the dependency was not asked. */
export class TooManyConcurrentRequestsError extends GuardedCallError {
  override readonly name = 'TooManyConcurrentRequestsError';
  readonly code = 'too-many-concurrent-requests';
  override readonly retryAfterMs: number;

  constructor(breaker: string, retryAfterMs: number, state: CircuitState) {
    super({ breaker, message: `Too many concurrent requests${state === 'HalfOpen' ? ' in half-open state' : ''}` });
    this.retryAfterMs = retryAfterMs;
  }
}

/** No answer in time. */
export class CallTimeoutError extends GuardedCallError {
  override readonly name = 'CallTimeoutError';
  readonly code = 'timeout';
  readonly timeoutMs: number;

  constructor(breaker: string, timeoutMs: number) {
    super({ breaker, message: `Operation timeout after ${timeoutMs}ms` });
    this.timeoutMs = timeoutMs;
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
export class OperationFailedError extends GuardedCallError {
  override readonly name = 'OperationFailedError';
  readonly code = 'operation-failed';

  constructor(breaker: string, cause: unknown) {
    super({ breaker, cause, message: `Operation failed: ${textOf(cause)}` });
  }
}

/** The classifier threw; `cause` is what the operation had thrown, `classifierError` what the classifier did. */
export class InternalBreakerError extends GuardedCallError {
  override readonly name = 'InternalBreakerError';
  readonly code = 'internal';
  readonly classifierError: unknown;

  constructor(breaker: string, cause: unknown, classifierError: unknown) {
    super({ breaker, cause, message: `Circuit breaker internal error: ${textOf(classifierError)}` });
    this.classifierError = classifierError;
  }
}

/** The error of a call as a class that can be thrown; `state` is the breaker's. */
export const toGuardedCallError = (error: CircuitBreakerError<unknown>, state: CircuitState): GuardedCallError => {
  switch (error.kind) {
    case 'circuit-open':
      return new CircuitOpenError(error.breaker, error.retryAfterMs);
    case 'too-many-concurrent-requests':
      return new TooManyConcurrentRequestsError(error.breaker, error.retryAfterMs, state);
    case 'timeout':
      return new CallTimeoutError(error.breaker, error.timeoutMs);
    case 'operation-failed':
      return new OperationFailedError(error.breaker, error.cause);
    case 'internal':
      return new InternalBreakerError(error.breaker, error.cause, error.classifierError);
  }
};
