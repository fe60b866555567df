import type { CircuitBreakerSnapshot } from './circuit-breaker-snapshot.js';
import type { ManagedBreaker } from './managed-breaker.js';

/** Breakers that come and go under one roof, such as those made per endpoint. */
export type BreakerGroup = Iterable<ManagedBreaker>;

/** All breakers of an application by name, for health, metrics and operations. */
export class CircuitBreakerRegistry implements Iterable<ManagedBreaker> {
  readonly #breakers = new Map<string, ManagedBreaker>();
  readonly #groups: BreakerGroup[] = [];

  /** Answers the breaker it was given. Throws `RangeError` for a name that is taken. */
  register<B extends ManagedBreaker>(breaker: B): B {
    if (this.get(breaker.name) !== undefined)
      throw new RangeError(`Circuit breaker ${breaker.name} is already registered`);
    this.#breakers.set(breaker.name, breaker);
    return breaker;
  }

  /** The breakers that the group holds at any time are looked up, listed and reset with the others. */
  registerGroup<G extends BreakerGroup>(group: G): G {
    this.#groups.push(group);
    return group;
  }

  get(name: string): ManagedBreaker | undefined {
    return this.#breakers.get(name) ?? [...this].find((breaker) => breaker.name === name);
  }

  names(): readonly string[] {
    return [...this].map(({ name }) => name);
  }

  snapshots(): Readonly<Record<string, CircuitBreakerSnapshot>> {
    return Object.fromEntries([...this].map((breaker) => [breaker.name, breaker.snapshot()]));
  }

  /** Whether each breaker is closed. */
  health(): Readonly<Record<string, boolean>> {
    return Object.fromEntries([...this].map(({ name, isHealthy }) => [name, isHealthy]));
  }

  resetAll(): void {
    for (const breaker of this) breaker.reset();
  }

  *[Symbol.iterator](): Iterator<ManagedBreaker> {
    yield* this.#breakers.values();
    for (const group of this.#groups) yield* group;
  }
}
