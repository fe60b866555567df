import { AsyncResource } from 'node:async_hooks';
import type { Clock } from '../time/clock.js';
import type { CallResult } from './call-errors.js';
import type { CircuitBreakerOptions } from './circuit-breaker-options.js';
import type { Stay } from './circuit-state.js';
import type { Expiring } from './deadlines.js';

const withoutDestroy = { requireManualDestroy: true };

/** A call of any value: what ends without one needs to know no more. */
export type AnyCall<E> = RunningCall<never, E>;

/**
 * One call on its way: the stay it began in and who waits for it. As an `AsyncResource` it remembers the async context of its
 * caller, for what happens at its deadline, whose timer serves many calls: `AsyncLocalStorage.snapshot` would take many times as long.
 */
export class RunningCall<R, E> extends AsyncResource implements Expiring {
  // Declared only, so that none is written twice at every call.
  /** Present until the call ends. */
  declare resolve: ((result: CallResult<R, E>) => void) | undefined;
  declare readonly stay: Stay;
  declare readonly startMs: number;
  declare readonly atMs: number;
  declare readonly timeoutMs: number;
  /** Its caller gave it less time than is fair. */
  declare readonly impatient: boolean;
  declare readonly controller: AbortController;
  /** Takes the breaker's listener off the caller's signal. */
  declare stopListening: (() => void) | undefined;

  /** One by one, for an object of them would be made at every call. */
  constructor(stay: Stay, startMs: number, timeoutMs: number, impatient: boolean) {
    super('circuit-breaker-call', withoutDestroy);
    this.resolve = undefined;
    this.stay = stay;
    this.startMs = startMs;
    this.atMs = startMs + timeoutMs;
    this.timeoutMs = timeoutMs;
    this.impatient = impatient;
    this.controller = new AbortController();
    this.stopListening = undefined;
  }

  get isOver(): boolean {
    return this.resolve === undefined;
  }
}

interface Missed {
  readonly timeoutMs: number;
  readonly atMs: number;
}

const none: readonly Missed[] = [];

/** Whether the end of so short a deadline is the caller's doing. */
export const isImpatient = (options: CircuitBreakerOptions, timeoutMs = Number.POSITIVE_INFINITY): boolean => {
  const { fairTimeoutMs = 0, operationTimeoutMs } = options;
  return timeoutMs < fairTimeoutMs && timeoutMs < operationTimeoutMs;
};

/**
 * Calls whose caller gave them less time than is fair to the dependency. When theirs is up, that says nothing about it, so they
 * move no breaker. But as many in a row, without an answer to anybody, as would have opened it say that a further call with as
 * little time will hardly fare better: those are refused for one cool-down, and after it one miss is enough. No call with more
 * time is affected.
 */
export class ImpatientCalls {
  readonly #clock: Clock;
  #missed: readonly Missed[] = none;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Time until a call with this deadline is let through; 0 when it is not refused. */
  retryAfterMs(timeoutMs: number, { failureThreshold, coolDownMs }: CircuitBreakerOptions): number {
    if (this.#missed.length < failureThreshold) return 0;
    if (this.#missed.some((each) => timeoutMs > each.timeoutMs)) return 0;
    const lastMs = Math.max(...this.#missed.map(({ atMs }) => atMs));
    return Math.max(0, Math.ceil(lastMs + coolDownMs - this.#clock.monotonicMs()));
  }

  missed(timeoutMs: number, { failureThreshold, windowMs, coolDownMs }: CircuitBreakerOptions): void {
    const nowMs = this.#clock.monotonicMs();
    const inRow = [...this.#missed, { timeoutMs, atMs: nowMs }].slice(-failureThreshold);
    this.#missed = inRow.filter(({ atMs }) => nowMs - atMs < windowMs + coolDownMs);
  }

  /** The dependency answered somebody, or an operator said to begin anew. */
  forget(): void {
    this.#missed = none;
  }
}
