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

const isSignal = (signal: unknown): boolean =>
  typeof signal === 'object' &&
  signal !== null &&
  'aborted' in signal &&
  'addEventListener' in signal &&
  typeof signal.addEventListener === 'function';

/** What is wrong with the arguments of a call, which untyped code may give. */
export const wrongArgument = (operation: unknown, options: CallOptions | undefined): Error | undefined => {
  if (typeof operation !== 'function') return new TypeError('The operation of a guarded call is not a function');
  if (options === undefined) return undefined;
  const { signal, timeoutMs = 0 } = options;
  if (signal !== undefined && !isSignal(signal)) return new TypeError('The signal of a guarded call is no AbortSignal');
  const isTime = typeof timeoutMs === 'number' && !Number.isNaN(timeoutMs);
  return isTime ? undefined : new RangeError('The timeoutMs of a guarded call is not a number of milliseconds');
};

/** The commanding half of a breaker: all that a guarded port needs of it. */
export interface GuardedCall<T, E> {
  call<R extends T>(operation: (signal: AbortSignal) => Promise<R>, options?: CallOptions): Promise<CallResult<R, E>>;
}
