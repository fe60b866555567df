import type { CallResult } from './call-errors.js';
import type { Circuit } from './circuit.js';
import type { CallOptions } from './guarded-call.js';
import type { RunningCalls } from './running-calls.js';

/** Calls that end before the dependency is asked: what their callers are told, and what is written down. */
export class Refusals<E> {
  readonly #circuit: Circuit;
  readonly #calls: RunningCalls<E>;

  constructor(circuit: Circuit, calls: RunningCalls<E>) {
    this.#circuit = circuit;
    this.#calls = calls;
  }

  /** For what is known without asking whether a slot is free; `undefined` when nothing speaks against the call. */
  beforehand({ signal, timeoutMs = Number.POSITIVE_INFINITY }: CallOptions): CallResult<never, E> | undefined {
    if (signal?.aborted === true) return this.giveUp(signal.reason);
    if (timeoutMs > 0) return this.#tooImpatient(timeoutMs);
    this.#calls.ledger.giveUp();
    return { ok: false, error: { kind: 'timeout', breaker: this.#circuit.name, timeoutMs: 0 } };
  }

  /** For a caller who gave up. */
  giveUp(reason: unknown): CallResult<never, E> {
    this.#calls.ledger.giveUp();
    return { ok: false, error: this.#calls.judge(reason).error };
  }

  /** For a call that the breaker does not let pass, or that no slot is free for. */
  refuse(): CallResult<never, E> {
    this.#calls.ledger.reject();
    const { name: breaker, retryAfterMs, options } = this.#circuit;
    if (retryAfterMs > 0) return { ok: false, error: { kind: 'circuit-open', breaker, retryAfterMs } };
    const slotFreeInMs = this.#calls.nextSlotInMs ?? options.coolDownMs;
    return { ok: false, error: { kind: 'too-many-concurrent-requests', breaker, retryAfterMs: slotFreeInMs } };
  }

  #tooImpatient(timeoutMs: number): CallResult<never, E> | undefined {
    const { name: breaker, stay, options } = this.#circuit;
    const retryAfterMs = this.#calls.impatient?.retryAfterMs(timeoutMs, options) ?? 0;
    if (retryAfterMs === 0 || stay.kind === 'Disabled') return undefined;
    this.#calls.ledger.reject();
    return { ok: false, error: { kind: 'circuit-open', breaker, retryAfterMs } };
  }
}
