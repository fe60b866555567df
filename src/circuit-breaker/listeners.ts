const ignore = (): void => {};

/** Calls a listener; whatever it throws, or rejects with, reaches nobody. */
const tell = <A extends readonly unknown[]>(listener: (...news: A) => unknown, news: A): void => {
  try {
    const answer = listener(...news);
    // Not `instanceof Promise`: a promise of another realm is none, and neither is a thenable of a library.
    if (typeof answer === 'object' && answer !== null) Promise.resolve(answer).catch(ignore);
  } catch {
    // A listener's fault is its own: it must not reach the call that it watches.
  }
};

/** Those who want to know of something, in the order in which they came. */
export class Listeners<A extends readonly unknown[]> {
  #listeners: readonly ((...news: A) => unknown)[] = [];

  /** The answer takes it off again. */
  add(listener: (...news: A) => unknown): () => void {
    const entry = (...news: A): unknown => listener(...news);
    this.#listeners = [...this.#listeners, entry];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== entry);
    };
  }

  tell(...news: A): void {
    for (const listener of this.#listeners) tell(listener, news);
  }
}

/**
 * Tells each piece of news to all before the next one: what a listener causes itself waits until the present piece has been told to
 * everybody.
 */
export class OrderedListeners<N> extends Listeners<[news: N]> {
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
