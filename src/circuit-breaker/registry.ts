import { CircuitBreaker, type ManagedBreaker } from './circuit-breaker.js';
import type { CircuitBreakerSnapshot } from './circuit-breaker-snapshot.js';
import type { CircuitState } from './circuit-state.js';
import type { Fallback } from './fallbacks.js';
import type { BreakerDefaults, CircuitBreakerParts } from './presets.js';

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
  readonly #byName = new Map<string, CircuitBreaker<T, E>>();
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
      this.#overflow ??= this.#create(overflowKey);
      return this.#overflow;
    }
    const breaker = known ?? this.#create(key);
    this.#breakers.delete(key);
    this.#breakers.set(key, breaker);
    return breaker;
  }

  *[Symbol.iterator](): Iterator<CircuitBreaker<T, E>> {
    yield* this.#breakers.values();
    if (this.#overflow !== undefined) yield this.#overflow;
  }

  /** The one of this name, as `create` named it. */
  named(name: string): CircuitBreaker<T, E> | undefined {
    return this.#byName.get(name);
  }

  #create(key: string): CircuitBreaker<T, E> {
    const breaker = this.#parts.create(key);
    this.#byName.set(breaker.name, breaker);
    return breaker;
  }

  /** Answers whether there is room now. */
  #drop(): boolean {
    let closed: readonly [string, CircuitBreaker<T, E>] | undefined;
    for (const entry of this.#breakers) {
      const [, { isHealthy, mode, isIdle }] = entry;
      if (!isHealthy || mode !== 'automatic') continue;
      closed ??= entry;
      if (!isIdle) continue;
      closed = entry;
      break;
    }
    if (closed === undefined) return false;
    const [key, dropped] = closed;
    if (this.#byName.get(dropped.name) === dropped) this.#byName.delete(dropped.name);
    return this.#breakers.delete(key);
  }
}

/** Breakers that come and go under one roof, such as those made per endpoint. One with `named` need not be searched through. */
export interface BreakerGroup extends Iterable<ManagedBreaker> {
  readonly named?: (name: string) => ManagedBreaker | undefined;
}

/** How the breakers of a registry are. */
export interface RegistryHealth {
  /** `unhealthy` while a breaker is open, `degraded` while one is half-open. */
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly isHealthy: boolean;
  readonly breakers: Readonly<
    Record<string, { readonly healthy: boolean; readonly state: CircuitState; readonly retryAfterMs: number }>
  >;
}

/** A group's breakers: at most `limit`, each named `{group}:{key}`, all made alike. */
export type GroupParts = BreakerDefaults & { readonly limit?: number };

/** Endpoints of one group with a breaker of their own, unless its `limit` says otherwise. */
const usualLimit = 100;

/** All breakers of an application by name, for calls, health, metrics and operations. */
export class CircuitBreakerRegistry implements Iterable<ManagedBreaker> {
  readonly #defaults: BreakerDefaults;
  readonly #breakers = new Map<string, ManagedBreaker>();
  readonly #groups: BreakerGroup[] = [];

  /** `defaults` are those of the breakers that the registry makes. */
  constructor(defaults: BreakerDefaults = {}) {
    this.#defaults = defaults;
  }

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

  /** Makes and registers a breaker that knows the type of its values and errors. Throws `RangeError` for a name that is taken. */
  create<T = unknown, E = unknown>(parts: CircuitBreakerParts<E>): CircuitBreaker<T, E> {
    return this.register(new CircuitBreaker<T, E>({ ...this.#defaults, ...parts }));
  }

  /** A group of breakers, one for each key, such as an endpoint. */
  group(name: string, { limit = usualLimit, ...parts }: GroupParts = {}): KeyedBreakers<unknown, unknown> {
    const create = (key: string) => new CircuitBreaker({ ...this.#defaults, ...parts, name: `${name}:${key}` });
    return this.registerGroup(new KeyedBreakers({ limit, create }));
  }

  /** The breaker of this name, made as `parts` say when there is none yet. */
  getOrCreate(name: string, parts: BreakerDefaults = {}): CircuitBreaker {
    const known = this.get(name) ?? this.create({ ...parts, name });
    if (known instanceof CircuitBreaker) return known;
    throw new RangeError(`Circuit breaker ${name} is of another kind`);
  }

  /** `CircuitBreaker.execute` of the breaker of this name, which is made when there is none yet. */
  execute<R>(name: string, operation: (signal: AbortSignal) => Promise<R>, fallback?: Fallback<R>): Promise<R> {
    return this.getOrCreate(name).execute(operation, { fallback });
  }

  get(name: string): ManagedBreaker | undefined {
    const known = this.#breakers.get(name);
    if (known !== undefined) return known;
    for (const group of this.#groups) {
      const inGroup = group.named === undefined ? [...group].find((one) => one.name === name) : group.named(name);
      if (inGroup !== undefined) return inGroup;
    }
    return undefined;
  }

  allMetrics(): Readonly<Record<string, CircuitBreakerSnapshot>> {
    return Object.fromEntries([...this].map((breaker) => [breaker.name, breaker.snapshot()]));
  }

  healthStatus(): RegistryHealth {
    const all = [...this];
    const states = all.map(({ state }) => state);
    const notOpen = states.includes('HalfOpen') ? 'degraded' : 'healthy';
    const status = states.includes('Open') ? 'unhealthy' : notOpen;
    const rows = all.map(({ name, state, isHealthy, retryAfterMs }) => [
      name,
      { healthy: isHealthy, state, retryAfterMs },
    ]);
    return { status, isHealthy: status === 'healthy', breakers: Object.fromEntries(rows) };
  }

  /** Answers whether there is one of this name. */
  reset(name: string): boolean {
    const breaker = this.get(name);
    breaker?.reset();
    return breaker !== undefined;
  }

  resetAll(): void {
    for (const breaker of this) breaker.reset();
  }

  *[Symbol.iterator](): Iterator<ManagedBreaker> {
    yield* this.#breakers.values();
    for (const group of this.#groups) yield* group;
  }
}
