import { systemClock } from '../time/clock.js';
import { type CallResult, toGuardedCallError } from './call-errors.js';
import type { CallObserver } from './call-ledger.js';
import { patchOptions, requireParts } from './check-options.js';
import { Circuit } from './circuit.js';
import type { CircuitBreakerOptions, CircuitBreakerOptionsPatch } from './circuit-breaker-options.js';
import { type CircuitBreakerSnapshot, takeSnapshot } from './circuit-breaker-snapshot.js';
import {
  type CircuitMode,
  type CircuitState,
  readSavedState,
  restoreStay,
  type SavedCircuitState,
  type Stay,
  saveStay,
} from './circuit-state.js';
import { type ExecuteOptions, type FallbackListener, Fallbacks } from './fallbacks.js';
import { type CallOptions, countEveryFault, type GuardedCall } from './guarded-call.js';
import { OrderedListeners, type TransitionListener } from './listeners.js';
import { type CircuitBreakerParts, changesOf, defaultBreakerOptions } from './presets.js';
import { wrongArgument } from './refusals.js';
import { RunningCalls } from './running-calls.js';

/**
 * Guards one dependency. `T` is what its calls return, `E` the domain error that `classify` makes of what they throw.
 * Opens on consecutive failures (and on rates, when set), lets probes through after the cool-down, closes on their success.
 * Throws `CircuitBreakerOptionsError` for options that cannot be used.
 */
export class CircuitBreaker<T = unknown, E = unknown> implements GuardedCall<T, E> {
  readonly name: string;
  readonly #circuit: Circuit;
  readonly #calls: RunningCalls<E>;
  readonly #fallbacks: Fallbacks;

  constructor(parts: CircuitBreakerParts<E>) {
    requireParts(parts);
    const { name, clock = systemClock, random = Math.random } = parts;
    const options = patchOptions(defaultBreakerOptions, changesOf(parts));
    this.name = name;
    this.#circuit = new Circuit({ name, options, clock, random, listeners: new OrderedListeners(parts.onTransition) });
    this.#calls = new RunningCalls(this.#circuit, parts.classify ?? countEveryFault<E>);
    this.#fallbacks = new Fallbacks(this.#calls.ledger, parts.onFallback);
  }

  /**
   * Runs the operation when the breaker lets it pass, and answers how it ended; never rejects because the dependency fails.
   * The operation's signal is aborted at the deadline and when the caller's own signal is. Rejects with a `TypeError` or
   * `RangeError` for arguments that cannot be used.
   */
  call<R extends T>(operation: (signal: AbortSignal) => Promise<R>, options?: CallOptions): Promise<CallResult<R, E>> {
    const wrong = wrongArgument(operation, options);
    if (wrong !== undefined) return Promise.reject(wrong);
    const abandoned = options === undefined ? undefined : this.#calls.refusals.beforehand(options);
    if (abandoned !== undefined) return Promise.resolve(abandoned);
    const calls = this.#calls;
    const stay = calls.admit(options?.timeoutMs);
    if (stay === undefined) return this.#waitOrRefuse(operation, options);

    const call = calls.begin<R>(stay, options?.timeoutMs);
    const result = new Promise<CallResult<R, E>>((resolve) => {
      call.resolve = resolve;
    });
    // Here and not in a function further, which makes the stack of an error dearer.
    try {
      if (options?.signal !== undefined) calls.listen(call, options.signal);
      calls.follow(call, operation(call.controller.signal));
    } catch (thrown) {
      calls.fail(call, thrown);
    }
    return result;
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
    return this.#fallbacks.take(fallback, error, this.options.maxFallbacks);
  }

  get state(): CircuitState {
    return this.#circuit.state;
  }

  /** Milliseconds until a call may pass again; 0 when calls are not refused. */
  get retryAfterMs(): number {
    return this.#circuit.retryAfterMs;
  }

  get mode(): CircuitMode {
    return this.#circuit.mode;
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
    return takeSnapshot(this.#circuit, this.#calls);
  }

  /** Closes, clears the counters and detaches the running calls, even when closed. A disabled breaker stays disabled. */
  reset(): void {
    this.#calls.ledger.reset();
    this.#calls.refusals.forgetMissed();
    this.#circuit.reset();
    this.#calls.serve();
  }

  /** Refuses every call until `reset` or `enable`. */
  forceOpen(): void {
    this.#circuit.forceOpen();
    this.#calls.serve();
  }

  /** Lets every call pass, under its deadline, without judging it, until `enable`. */
  disable(): void {
    this.#circuit.disable();
    this.#calls.serve();
  }

  /** Ends `forceOpen` and `disable`: closed, and judged again. */
  enable(): void {
    this.#circuit.enable();
  }

  /** Applies a change after checking the whole; answers the new options. Running calls keep their deadline. */
  updateOptions(patch: CircuitBreakerOptionsPatch): CircuitBreakerOptions {
    const options = patchOptions(this.options, patch);
    this.#circuit.updateOptions(options);
    this.#calls.serve();
    return options;
  }

  exportState(): SavedCircuitState {
    return saveStay(this.#circuit.stay, this.#circuit.nowMs, this.options);
  }

  /** Takes over a saved state, whatever it claims to be. Throws a `RangeError` when it is none. Detaches running calls. */
  importState(saved: unknown): void {
    this.#circuit.restore(restoreStay(readSavedState(saved), this.#circuit.nowMs, this.options));
    this.#calls.serve();
  }

  /** Tells `listener` of every transition from now on; the answer ends that. */
  subscribe(listener: TransitionListener): () => void {
    return this.#circuit.listeners.add(listener);
  }

  /** Tells `observer` of every call at its end from now on, each with its duration; the answer ends that. */
  observeCalls(observer: CallObserver): () => void {
    return this.#calls.ledger.observers.add(observer);
  }

  /** Tells `listener` of every use of a fallback from now on; the answer ends that. */
  observeFallbacks(listener: FallbackListener): () => void {
    return this.#fallbacks.add(listener);
  }

  /** For a call that no slot is free for. */
  #waitOrRefuse<R extends T>(
    operation: (signal: AbortSignal) => Promise<R>,
    options: CallOptions = {},
  ): Promise<CallResult<R, E>> {
    const calls = this.#calls;
    const { maxWaiting } = this.options;
    if (maxWaiting === undefined) return Promise.resolve(calls.refusals.refuse(calls));
    return new Promise((resolve) => {
      const turn = {
        options,
        onTurn: (stay: Stay, timeoutMs: number | undefined) => {
          const call = calls.begin<R>(stay, timeoutMs);
          call.resolve = resolve;
          try {
            if (options.signal !== undefined) calls.listen(call, options.signal);
            calls.follow(call, operation(call.controller.signal));
          } catch (thrown) {
            calls.fail(call, thrown);
          }
        },
        onRefused: () => resolve(calls.refusals.refuse(calls)),
        onAbort: (reason: unknown) => resolve(calls.refusals.giveUp(reason)),
      };
      calls.wait(turn, maxWaiting);
    });
  }
}

/** A breaker as operations and telemetry know it, whatever it guards: all but its calls. */
export type ManagedBreaker = Omit<CircuitBreaker, 'call' | 'execute'>;
