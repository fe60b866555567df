import type { CircuitState } from './circuit-state.js';
import type { TripRule } from './trip-rules.js';

/** Why a breaker changed its state. */
export type TransitionReason =
  | TripRule
  | 'probe-failed'
  | 'probe-slow'
  | 'cool-down-elapsed'
  | 'success-threshold'
  | 'reset'
  | 'forced-open'
  | 'disabled'
  | 'enabled'
  | 'imported';

/** One change of a breaker's visible state. */
export interface Transition {
  readonly breaker: string;
  readonly from: CircuitState;
  readonly to: CircuitState;
  readonly reason: TransitionReason;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Time until probes are let through; 0 unless the breaker opened. */
  readonly retryAfterMs: number;
}

/** Told of every transition, in order, after the state has changed. What it throws or rejects with reaches nobody. */
export type TransitionListener = (transition: Transition) => void;

const ignore = (): void => {};

const nobody: readonly never[] = [];

/** Listeners with one to three arguments, in the order in which they were added: a rest parameter would cost more on every call. */
export class Listeners<A, B = void, C = void> {
  #listeners: readonly ((first: A, second: B, third: C) => unknown)[];

  constructor(listener?: (first: A, second: B, third: C) => unknown) {
    this.#listeners = listener === undefined ? nobody : [listener];
  }

  /** The answer takes it off again. One that was added twice is told twice. */
  add(listener: (first: A, second: B, third: C) => unknown): () => void {
    let isOn = true;
    this.#listeners = [...this.#listeners, listener];
    return () => {
      if (isOn) this.#listeners = this.#listeners.toSpliced(this.#listeners.lastIndexOf(listener), 1);
      isOn = false;
    };
  }

  /** Whatever a listener throws, or rejects with, reaches nobody. */
  tell(first: A, second: B, third: C): void {
    for (const listener of this.#listeners) {
      try {
        const answer = listener(first, second, third);
        // Not `instanceof Promise`: a promise of another realm is none, and neither is a thenable of a library.
        if (answer !== undefined) Promise.resolve(answer).catch(ignore);
      } catch {
        // A listener's fault is its own: it must not reach the call that it watches.
      }
    }
  }
}

/**
 * Tells each piece of news to all before the next one: what a listener causes itself waits until the present piece has been told to
 * everybody.
 */
export class OrderedListeners<N> extends Listeners<N> {
  /** Present while listeners are being told. */
  #untold: N[] | undefined;

  override tell(news: N): void {
    if (this.#untold !== undefined) {
      this.#untold.push(news);
      return;
    }
    this.#untold = [news];
    for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) super.tell(next);
    this.#untold = undefined;
  }
}
