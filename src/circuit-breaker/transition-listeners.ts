import { Listeners } from './listeners.js';
import type { Transition, TransitionListener } from './transition.js';

/**
 * Tells every listener of every transition in order, also of those that a listener causes itself: they wait until the
 * present one has been told to all.
 */
export class TransitionListeners {
  readonly #listeners = new Listeners<[transition: Transition]>();
  /** Present while listeners are being told. */
  #untold: Transition[] | undefined;

  add(listener: TransitionListener): () => void {
    return this.#listeners.add(listener);
  }

  announce(transition: Transition): void {
    if (this.#untold !== undefined) {
      this.#untold.push(transition);
      return;
    }
    this.#untold = [transition];
    for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) {
      this.#listeners.tell(next);
    }
    this.#untold = undefined;
  }
}
