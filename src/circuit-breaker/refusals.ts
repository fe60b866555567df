import type { CallResult } from './call-errors.js';
import type { CallLedger } from './call-ledger.js';
import type { Circuit } from './circuit.js';
import type { CircuitBreakerOptions } from './circuit-breaker-options.js';
import { type CallOptions, type Classify, judge } from './guarded-call.js';

const isSignal = (signal: Partial<AbortSignal> | null): boolean =>
  typeof signal?.aborted === 'boolean' &&
  typeof signal.addEventListener === 'function' &&
  typeof signal.removeEventListener === 'function';

const isNumber = (value: unknown): boolean => typeof value === 'number' && !Number.isNaN(value);

/** What is wrong with the arguments of a call, which untyped code may give. */
export const wrongArgument = (operation: unknown, options: CallOptions | undefined): Error | undefined => {
  if (typeof operation !== 'function') return new TypeError('The operation of a guarded call is not a function');
  if (options === undefined) return undefined;
  if (typeof options !== 'object' || options === null)
    return new TypeError('The options of a guarded call are not an object');
  const { signal, timeoutMs = 0, priority = 0 } = options;
  if (signal !== undefined && !isSignal(signal)) return new TypeError('The signal of a guarded call is no AbortSignal');
  if (!isNumber(timeoutMs)) return new RangeError('The timeoutMs of a guarded call is not a number of milliseconds');
  return isNumber(priority) ? undefined : new RangeError('The priority of a guarded call is not a number');
};

/** Whether the end of so short a deadline is the caller's doing. */
export const isImpatient = (options: CircuitBreakerOptions, timeoutMs = Number.POSITIVE_INFINITY): boolean => {
  const { fairTimeoutMs = 0, operationTimeoutMs } = options;
  return timeoutMs < fairTimeoutMs && timeoutMs < operationTimeoutMs;
};

interface Missed {
  readonly timeoutMs: number;
  readonly atMs: number;
}

const none: readonly Missed[] = [];

/**
 * Calls that end before the dependency is asked: what their callers are told, and what is written down.
 *
 * When the time of a caller is up who gave less than is fair to the dependency, that says nothing about it, and moves no breaker. But as
 * many in a row, without an answer to anybody, as would have opened it say that a further call with as little time will hardly fare
 * better: those are refused for one cool-down, and after it one miss is enough. No call with more time is affected.
 */
export class Refusals<E> {
  readonly #circuit: Circuit;
  readonly #ledger: CallLedger;
  readonly #classify: Classify<E>;
  #missed = none;

  constructor(circuit: Circuit, ledger: CallLedger, classify: Classify<E>) {
    this.#circuit = circuit;
    this.#ledger = ledger;
    this.#classify = classify;
  }

  /** For what is known without asking whether a slot is free; `undefined` when nothing speaks against the call. */
  beforehand({ signal, timeoutMs = Number.POSITIVE_INFINITY }: CallOptions): CallResult<never, E> | undefined {
    const { name: breaker, stay } = this.#circuit;
    if (signal?.aborted === true) return this.giveUp(signal.reason);
    if (timeoutMs <= 0) {
      this.#ledger.turnAway('ignored');
      return { ok: false, error: { kind: 'timeout', breaker, timeoutMs: 0 } };
    }
    const retryAfterMs = this.#retryAfterMs(timeoutMs);
    if (retryAfterMs === 0 || stay.kind === 'Disabled') return undefined;
    this.#ledger.turnAway('rejected');
    return { ok: false, error: { kind: 'circuit-open', breaker, retryAfterMs } };
  }

  /** For a caller who gave up. */
  giveUp(reason: unknown): CallResult<never, E> {
    this.#ledger.turnAway('ignored');
    return { ok: false, error: judge(reason, this.#circuit.name, this.#classify).error };
  }

  /** For a call that the breaker does not let pass, or that no slot is free for. */
  refuse(slots: { readonly nextSlotInMs: number | undefined }): CallResult<never, E> {
    this.#ledger.turnAway('rejected');
    const { name: breaker, retryAfterMs, options } = this.#circuit;
    if (retryAfterMs > 0) return { ok: false, error: { kind: 'circuit-open', breaker, retryAfterMs } };
    const slotInMs = slots.nextSlotInMs ?? options.coolDownMs;
    return { ok: false, error: { kind: 'too-many-concurrent-requests', breaker, retryAfterMs: slotInMs } };
  }

  /** The time of an impatient caller is up. */
  missed(timeoutMs: number): void {
    const { nowMs, options } = this.#circuit;
    const { failureThreshold, windowMs, coolDownMs } = options;
    const inRow = [...this.#missed, { timeoutMs, atMs: nowMs }].slice(-failureThreshold);
    this.#missed = inRow.filter(({ atMs }) => nowMs - atMs < windowMs + coolDownMs);
  }

  /** The dependency answered somebody, or an operator said to begin anew. */
  forgetMissed(): void {
    this.#missed = none;
  }

  /** Time until an impatient call with this deadline is let through; 0 when it is not refused. */
  #retryAfterMs(timeoutMs: number): number {
    const { options } = this.#circuit;
    if (this.#missed.length < options.failureThreshold) return 0;
    if (this.#missed.some((each) => timeoutMs > each.timeoutMs)) return 0;
    const lastMs = Math.max(...this.#missed.map(({ atMs }) => atMs));
    return Math.max(0, Math.ceil(lastMs + options.coolDownMs - this.#circuit.nowMs));
  }
}
