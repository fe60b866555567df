import type { CircuitBreaker } from './circuit-breaker.js';

/** How breakers are made per key, and how many may exist at once. */
export interface KeyedBreakersParts<T, E> {
  readonly create: (key: string) => CircuitBreaker<T, E>;
  readonly limit: number;
}

/**
 * One breaker per key, such as an endpoint, made when it is first asked for. Above the limit the one that has not been
 * asked for longest goes: first among those that are closed and idle, for they know nothing that would be missed.
 */
export class KeyedBreakers<T, E> implements Iterable<CircuitBreaker<T, E>> {
  readonly #parts: KeyedBreakersParts<T, E>;
  /** In the order in which they were last asked for. */
  readonly #breakers = new Map<string, CircuitBreaker<T, E>>();

  constructor(parts: KeyedBreakersParts<T, E>) {
    if (!Number.isInteger(parts.limit) || parts.limit < 1) {
      throw new RangeError(`Keyed breakers: limit is ${parts.limit}, expected a whole number from 1`);
    }
    this.#parts = parts;
  }

  get size(): number {
    return this.#breakers.size;
  }

  get(key: string): CircuitBreaker<T, E> {
    const known = this.#breakers.get(key);
    if (known === undefined && this.#breakers.size >= this.#parts.limit) this.#drop();
    const breaker = known ?? this.#parts.create(key);
    this.#breakers.delete(key);
    this.#breakers.set(key, breaker);
    return breaker;
  }

  [Symbol.iterator](): Iterator<CircuitBreaker<T, E>> {
    return this.#breakers.values();
  }

  #drop(): void {
    const all = [...this.#breakers];
    const dispensable = all.filter(([, { isHealthy, isIdle }]) => isHealthy && isIdle);
    for (const [key] of [...dispensable, ...all].slice(0, 1)) this.#breakers.delete(key);
  }
}
