import type { Clock } from '../time/clock.js';
import { systemClock } from '../time/system-clock.js';
import { type GuardedCallError, toGuardedCallError } from './call-errors.js';
import { CallLedger, type CallObserver } from './call-ledger.js';
import type { CallResult, CircuitBreakerError } from './call-result.js';
import { patchOptions, requireName } from './check-options.js';
import { Circuit } from './circuit.js';
import type { CircuitBreakerOptions, CircuitBreakerOptionsPatch } from './circuit-breaker-options.js';
import { type CircuitBreakerParts, changesOf } from './circuit-breaker-parts.js';
import { type CircuitBreakerSnapshot, takeSnapshot } from './circuit-breaker-snapshot.js';
import { type CircuitState, type Stay, visibleState } from './circuit-state.js';
import { countEveryFault } from './classify.js';
import { type ExecuteOptions, type FallbackListener, type FallbackUse, fallBack } from './fallback.js';
import { type CallOptions, type GuardedCall, wrongArgument } from './guarded-call.js';
import { ImpatientCalls } from './impatient-calls.js';
import { Listeners, OrderedListeners } from './listeners.js';
import type { ManagedBreaker } from './managed-breaker.js';
import { defaultBreakerOptions } from './presets.js';
import { RunningCalls } from './running-calls.js';
import { restoreStay, saveStay } from './save-stay.js';
import { readSavedState, type SavedCircuitState } from './saved-state.js';
import type { Transition, TransitionListener } from './transition.js';

const unset = (): void => {};

/**
 * Guards one dependency. `T` is what its calls return, `E` the domain error that `classify` makes of what they throw.
 * Opens on consecutive failures (and on rates, when set), lets probes through after the cool-down, closes on their success.
 * Throws `CircuitBreakerOptionsError` for options that cannot be used.
 */
export class CircuitBreaker<T = unknown, E = unknown> implements GuardedCall<T, E>, ManagedBreaker {
  readonly name: string;
  readonly #clock: Clock;
  readonly #circuit: Circuit;
  readonly #impatient: ImpatientCalls;
  readonly #ledger: CallLedger;
  readonly #calls: RunningCalls<E>;
  readonly #listeners = new OrderedListeners<Transition>();
  readonly #fallbackListeners = new Listeners<[use: FallbackUse]>();

  constructor(parts: CircuitBreakerParts<E>) {
    const { name, clock = systemClock, random = Math.random } = parts;
    const checked = patchOptions(defaultBreakerOptions, changesOf(parts));
    requireName(name);
    this.name = name;
    this.#clock = clock;
    if (parts.onTransition !== undefined) this.#listeners.add(parts.onTransition);
    if (parts.onFallback !== undefined) this.#fallbackListeners.add(parts.onFallback);
    const listeners = this.#listeners;
    const circuit = new Circuit({ name, options: checked, clock, random, listeners });
    const impatient = new ImpatientCalls(clock, checked);
    const ledger = new CallLedger(clock, checked);
    this.#circuit = circuit;
    this.#impatient = impatient;
    this.#ledger = ledger;
    this.#calls = new RunningCalls({
      name,
      circuit,
      impatient,
      ledger,
      classify: parts.classify ?? countEveryFault<E>,
      clock,
    });
  }

  /**
   * Runs the operation when the breaker lets it pass, and answers how it ended; never rejects for the dependency's sake.
   * The operation's signal is aborted at the deadline and when the caller's own signal is. Rejects with a `TypeError` or
   * `RangeError` for arguments that cannot be used.
   */
  call<R extends T>(operation: (signal: AbortSignal) => Promise<R>, options?: CallOptions): Promise<CallResult<R, E>> {
    const calls = this.#calls;
    const wrong = wrongArgument(operation, options);
    if (wrong !== undefined) return Promise.reject(wrong);
    const abandoned = options === undefined ? undefined : this.#abandoned(options);
    if (abandoned !== undefined) return Promise.resolve({ ok: false, error: abandoned });
    const stay = calls.isFull ? undefined : (this.#circuit.admit() ?? this.#admitInstead(options));
    if (stay === undefined) return Promise.resolve({ ok: false, error: this.#refusal() });

    // The operation is not run inside the executor: that would cost each call more, and deepen the stack of each error.
    let resolve: (result: CallResult<R, E>) => void = unset;
    const promise = new Promise<CallResult<R, E>>((settle) => {
      resolve = settle;
    });
    const call = calls.begin(stay, resolve, options);
    try {
      if (options?.signal !== undefined) calls.listen(call, options.signal);
      Promise.resolve(operation(call.controller.signal)).then(
        (value) => calls.succeed(call, value),
        (thrown: unknown) => calls.fail(call, thrown),
      );
    } catch (thrown) {
      calls.fail(call, thrown);
    }
    return promise;
  }

  /**
   * Like `call`, but answers the value alone, and rejects with a `GuardedCallError` when there is none, unless the fallback gives
   * one. When that fails too, the error says why the call failed, and its `fallbackError` why the fallback did.
   */
  async execute<R extends T>(
    operation: (signal: AbortSignal) => Promise<R>,
    { fallback, ...options }: ExecuteOptions<R> = {},
  ): Promise<R> {
    const result = await this.call(operation, options);
    if (result.ok) return result.value;
    const error = toGuardedCallError(result.error, this.state);
    if (fallback === undefined) throw error;
    try {
      const value = await fallBack(fallback, error);
      this.#usedFallback('served', error);
      return value;
    } catch (thrown) {
      error.fallbackError = thrown;
      this.#usedFallback('failed', error);
      throw error;
    }
  }

  get state(): CircuitState {
    return visibleState(this.#circuit.stay);
  }

  /** Milliseconds until a call may pass again; 0 when calls are not refused. */
  get retryAfterMs(): number {
    return this.#circuit.retryAfterMs;
  }

  get isHealthy(): boolean {
    return this.state === 'Closed';
  }

  /** Whether no call runs. */
  get isIdle(): boolean {
    return this.#calls.count === 0;
  }

  get options(): CircuitBreakerOptions {
    return this.#circuit.options;
  }

  snapshot(): CircuitBreakerSnapshot {
    const { name } = this;
    return takeSnapshot({
      name,
      circuit: this.#circuit,
      ledger: this.#ledger,
      clock: this.#clock,
      running: this.#calls.count,
    });
  }

  /** Closes, clears the counters and detaches the running calls, even when closed. A disabled breaker stays disabled. */
  reset(): void {
    this.#ledger.reset(this.options);
    this.#impatient.forget();
    this.#circuit.reset();
  }

  /** Refuses every call until `reset` or `enable`. */
  forceOpen(): void {
    this.#circuit.forceOpen();
  }

  /** Lets every call pass, under its deadline, without judging it, until `enable`. */
  disable(): void {
    this.#circuit.disable();
  }

  /** Ends `forceOpen` and `disable`: closed, and judged again. */
  enable(): void {
    this.#circuit.enable();
  }

  /** Applies a change after checking the whole; answers the new options. Running calls keep their deadline. */
  updateOptions(patch: CircuitBreakerOptionsPatch): CircuitBreakerOptions {
    const options = patchOptions(this.options, patch);
    this.#circuit.updateOptions(options);
    this.#calls.updateOptions(options);
    this.#impatient.options = options;
    this.#ledger.updateOptions(options);
    return options;
  }

  exportState(): SavedCircuitState {
    return saveStay(this.#circuit.stay, this.#clock.monotonicMs(), this.options);
  }

  /** Takes over a saved state, whatever it claims to be. Throws `SavedStateError` when it is none. Detaches running calls. */
  importState(saved: unknown): void {
    this.#circuit.restore(restoreStay(readSavedState(saved), this.#clock, this.options));
  }

  /** Tells `listener` of every transition from now on; the answer ends that. */
  subscribe(listener: TransitionListener): () => void {
    return this.#listeners.add(listener);
  }

  /** Tells `observer` of every call at its end from now on, each with its duration; the answer ends that. */
  observeCalls(observer: CallObserver): () => void {
    return this.#ledger.observers.add(observer);
  }

  /** Tells `listener` of every use of a fallback from now on; the answer ends that. */
  observeFallbacks(listener: FallbackListener): () => void {
    return this.#fallbackListeners.add(listener);
  }

  #usedFallback(outcome: FallbackUse['outcome'], error: GuardedCallError): void {
    this.#ledger.countFallback(outcome);
    this.#fallbackListeners.tell({ breaker: this.name, outcome, error });
  }

  #abandoned({ signal, timeoutMs = Number.POSITIVE_INFINITY }: CallOptions): CircuitBreakerError<E> | undefined {
    const aborted = signal?.aborted === true;
    if (!aborted && timeoutMs > 0) return this.#refusalOf(timeoutMs);
    this.#ledger.giveUp();
    if (aborted) return this.#calls.judge(signal.reason).error;
    return { kind: 'timeout', breaker: this.name, timeoutMs: 0 };
  }

  #refusalOf(timeoutMs: number): CircuitBreakerError<E> | undefined {
    const retryAfterMs = this.#circuit.stay.kind === 'Disabled' ? 0 : this.#impatient.retryAfterMs(timeoutMs);
    if (retryAfterMs === 0) return undefined;
    this.#ledger.reject();
    return { kind: 'circuit-open', breaker: this.name, retryAfterMs };
  }

  /** In place of a probe whose caller has less time than is fair. */
  #admitInstead({ timeoutMs = Number.POSITIVE_INFINITY }: CallOptions = {}): Stay | undefined {
    if (this.#circuit.stay.kind !== 'HalfOpen' || this.#impatient.covers(timeoutMs)) return undefined;
    return this.#calls.displaceImpatientProbe() ? this.#circuit.admit() : undefined;
  }

  #refusal(): CircuitBreakerError<E> {
    this.#ledger.reject();
    const retryAfterMs = this.#circuit.retryAfterMs;
    if (retryAfterMs > 0) return { kind: 'circuit-open', breaker: this.name, retryAfterMs };
    const slotFreeInMs = this.#calls.nextSlotInMs ?? this.options.coolDownMs;
    return { kind: 'too-many-concurrent-requests', breaker: this.name, retryAfterMs: slotFreeInMs };
  }
}
