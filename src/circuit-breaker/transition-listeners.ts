import type { Transition, TransitionListener } from './transition.js';

const ignore = (): void => {};

const tell = (listener: TransitionListener, transition: Transition): void => {
  let answer: unknown;
  try {
    answer = listener(transition);
  } catch {
    // A listener's fault is its own: it must not reach the call that moved the breaker.
  }
  if (answer instanceof Promise) answer.catch(ignore);
};

const nobody: readonly TransitionListener[] = [];

/**
 * Tells every listener of every transition in order, also of those that a listener causes itself: they wait until the
 * present one has been told to all.
 */
export class TransitionListeners {
  #listeners = nobody;
  /** Present while listeners are being told. */
  #untold: Transition[] | undefined;

  add(listener: TransitionListener): () => void {
    const entry: TransitionListener = (transition) => listener(transition);
    this.#listeners = [...this.#listeners, entry];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== entry);
    };
  }

  announce(transition: Transition): void {
    if (this.#untold !== undefined) {
      this.#untold.push(transition);
      return;
    }
    this.#untold = [transition];
    for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) {
      for (const listener of this.#listeners) tell(listener, next);
    }
    this.#untold = undefined;
  }
}
