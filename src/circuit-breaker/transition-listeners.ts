import type { Transition, TransitionListener } from './transition.js';

const ignore = (): void => {};

const tell = (listener: TransitionListener, transition: Transition): void => {
  try {
    const outcome: unknown = listener(transition);
    if (outcome instanceof Promise) outcome.catch(ignore);
  } catch {
    // A listener's fault is its own: it must not reach the call that moved the breaker.
  }
};

/**
 * Tells every listener of every transition in order, also of those that a listener causes itself: they wait until the
 * present one has been told to all.
 */
export class TransitionListeners {
  readonly #listeners = new Set<TransitionListener>();
  readonly #untold: Transition[] = [];
  #telling = false;

  add(listener: TransitionListener): () => void {
    const entry: TransitionListener = (transition) => listener(transition);
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  announce(transition: Transition): void {
    this.#untold.push(transition);
    if (this.#telling) return;
    this.#telling = true;
    for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) {
      for (const listener of [...this.#listeners]) tell(listener, next);
    }
    this.#telling = false;
  }
}
