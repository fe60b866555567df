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
