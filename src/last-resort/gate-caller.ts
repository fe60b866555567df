import type { CallResult, CircuitBreakerError } from '../circuit-breaker/call-errors.js';
import type { Verdict } from './gate-turns.js';

export interface InsistOptions {
  /** For so long the caller waits in all. */
  readonly timeoutMs: number;
  /** Whether to wait on while this gate is hopeless; absent: yes. */
  readonly worthWaiting?: () => boolean;
  /** Ends the caller's waiting. A try that has begun goes on. */
  readonly signal?: AbortSignal;
  /** Told of each try, which may end after its caller was answered. Never rejects. */
  readonly onTry?: (ended: Promise<unknown>) => void;
}

export interface Tried<R, E> {
  readonly verdict: Verdict;
  readonly result: CallResult<R, E>;
}

/** A caller, waiting for its turn or for its try. */
export interface Caller<E> {
  /** Runs the operation once; says whether another try could help. */
  readonly attempt: () => Promise<Tried<unknown, E>>;
  readonly deadlineMs: number;
  readonly worthWaiting: () => boolean;
  readonly leave: (result: CallResult<never, E> | 'answered') => void;
  isGone: boolean;
  /** When its present try began; absent while it waits for its turn. */
  tryingSinceMs: number | undefined;
  /** Counted, so that a try which was given up changes nothing. */
  tries: number;
  lastError: CircuitBreakerError<E> | undefined;
}
