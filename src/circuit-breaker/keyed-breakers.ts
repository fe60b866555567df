import type { CircuitBreaker } from './circuit-breaker.js';

/** How breakers are made per key, and how many may exist at once. */
export interface KeyedBreakersParts<T, E> {
  readonly create: (key: string) => CircuitBreaker<T, E>;
  readonly limit: number;
}

/** The key of the breaker that serves what came when every other one was open. */
const overflowKey = 'others';

/**
 * One breaker per key, such as an endpoint, made when it is first asked for. Above the limit one that is closed goes, an idle one
 * before the others, the one that has not been asked for longest first. One that is open, probes or is held by an operator never goes:
 * while all are such, further keys share one more breaker, so that memory is bounded whatever keys come.
 */
export class KeyedBreakers<T, E> implements Iterable<CircuitBreaker<T, E>> {
  readonly #parts: KeyedBreakersParts<T, E>;
  /** In the order in which they were last asked for. */
  readonly #breakers = new Map<string, CircuitBreaker<T, E>>();
  #overflow: CircuitBreaker<T, E> | undefined;

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
    if (known === undefined && this.#breakers.size >= this.#parts.limit && !this.#drop()) {
      this.#overflow ??= this.#parts.create(overflowKey);
      return this.#overflow;
    }
    const breaker = known ?? this.#parts.create(key);
    this.#breakers.delete(key);
    this.#breakers.set(key, breaker);
    return breaker;
  }

  *[Symbol.iterator](): Iterator<CircuitBreaker<T, E>> {
    yield* this.#breakers.values();
    if (this.#overflow !== undefined) yield this.#overflow;
  }

  /** Answers whether there is room now. */
  #drop(): boolean {
    const closed = [...this.#breakers].filter(([, { isHealthy, mode }]) => isHealthy && mode === 'automatic');
    const dropped = closed.find(([, { isIdle }]) => isIdle) ?? closed[0];
    return dropped !== undefined && this.#breakers.delete(dropped[0]);
  }
}
