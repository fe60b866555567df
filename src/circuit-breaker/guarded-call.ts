import type { CallResult, CircuitBreakerError } from './call-errors.js';

/** Per-call choices: the caller's own signal, and a deadline shorter than the breaker's operation timeout. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /**
   * The caller's own deadline: the call gets the smaller of this and the breaker's `operationTimeoutMs`. Below the breaker's
   * `fairTimeoutMs` its end is the caller's doing and blames nobody. At 0 the call is not made.
   */
  readonly timeoutMs?: number;
  /** Of the calls that wait for a slot (`maxWaiting`), the higher one is served first; 0 unless given. */
  readonly priority?: number;
}

/** The commanding half of a breaker: all that a guarded port needs of it. */
export interface GuardedCall<T, E> {
  call<R extends T>(operation: (signal: AbortSignal) => Promise<R>, options?: CallOptions): Promise<CallResult<R, E>>;
}

/**
 * What a thrown value means for the breaker: `failure` counts against the dependency, `success` counts for it,
 * `ignored` moves nothing and only frees the slot. `error` is what the caller gets as `cause`. `reason` says in a word why it
 * failed (`unauthorized`, `throttled`, `unreachable`); it is shown as the breaker's last failure, `failed` unless given.
 */
export interface Classified<E> {
  readonly verdict: 'failure' | 'success' | 'ignored';
  readonly error: E;
  readonly reason?: string;
}

/** Why it failed, in a word: the error's `code`, or its cause's, else its name. */
const reasonOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return 'failed';
  const { cause } = thrown;
  const code = [thrown, cause].map((error) => error instanceof Error && 'code' in error && error.code).find(Boolean);
  return typeof code === 'string' ? code : thrown.name;
};

/** Where a breaker has no classifier its errors are of any type (`CircuitBreakerParts`), so that this holds. */
const isAny = <E>(_thrown: unknown): _thrown is E => true;

/** The classifier of a breaker that has none of its own: an `AbortError` says nothing about the dependency, all else counts. */
export const countEveryFault = <E>(thrown: unknown): Classified<E> => {
  if (!isAny<E>(thrown)) throw thrown;
  const isAbort = thrown instanceof Error && thrown.name === 'AbortError';
  return { verdict: isAbort ? 'ignored' : 'failure', error: thrown, reason: reasonOf(thrown) };
};

/** Turns whatever an operation threw into the dependency's domain error and its verdict. */
export type Classify<E> = (thrown: unknown) => Classified<E>;

/** What a thrown value means for the breaker, and what the caller is told. */
export interface Judged<E> {
  readonly verdict: Classified<E>['verdict'];
  readonly error: CircuitBreakerError<E>;
  readonly reason: string;
}

const verdicts: readonly unknown[] = ['failure', 'success', 'ignored'];

/** When the classifier throws or returns no verdict, the call counts as a failure, and the thrown value is not lost. */
export const judge = <E>(thrown: unknown, breaker: string, classify: Classify<E>): Judged<E> => {
  try {
    const { verdict, error, reason = 'failed' } = classify(thrown);
    if (!verdicts.includes(verdict)) throw new TypeError('The classifier returned no verdict');
    return { verdict, error: { kind: 'operation-failed', breaker, cause: error }, reason };
  } catch (classifierError) {
    return {
      verdict: 'failure',
      error: { kind: 'internal', breaker, cause: thrown, classifierError },
      reason: 'internal',
    };
  }
};
