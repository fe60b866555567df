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

/** Turns whatever an operation threw into the dependency's domain error and its verdict. */
export type Classify<E> = (thrown: unknown) => Classified<E>;
