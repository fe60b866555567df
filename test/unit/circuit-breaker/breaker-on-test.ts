import type { CallResult } from '../../../src/circuit-breaker/call-errors.js';
import { CircuitBreaker } from '../../../src/circuit-breaker/circuit-breaker.js';
import type { CircuitBreakerOptions } from '../../../src/circuit-breaker/circuit-breaker-options.js';
import type { CallOptions, Classified } from '../../../src/circuit-breaker/guarded-call.js';
import type { Transition } from '../../../src/circuit-breaker/listeners.js';
import { type CircuitBreakerParts, defaultBreakerOptions } from '../../../src/circuit-breaker/presets.js';
import { ManualClock } from '../../support/manual-clock.js';

/** What the dependency of these tests throws; it says itself what it means for the breaker. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly verdict: Classified<unknown>['verdict'];

  constructor(verdict: Classified<unknown>['verdict'] = 'failure') {
    super(`a fault that is a ${verdict}`);
    this.verdict = verdict;
  }
}

const classify = (thrown: unknown): Classified<unknown> => ({
  verdict: thrown instanceof Fault ? thrown.verdict : 'failure',
  error: thrown,
});

/** A call whose answer is still to be given. */
export interface BegunCall {
  readonly result: Promise<CallResult<string, unknown>>;
  /** Whether the dependency has been asked at all. */
  readonly asked: boolean;
  readonly signal: AbortSignal | undefined;
  succeed(): Promise<CallResult<string, unknown>>;
  fail(fault?: unknown): Promise<CallResult<string, unknown>>;
}

/** A breaker on a manual clock, what it told of its transitions, and short words for calls. */
export class BreakerOnTest {
  readonly clock = new ManualClock();
  readonly transitions: Transition[] = [];
  readonly breaker: CircuitBreaker<string, unknown>;

  constructor(options: Partial<CircuitBreakerOptions> = {}, parts: Partial<CircuitBreakerParts<unknown>> = {}) {
    this.breaker = new CircuitBreaker<string, unknown>({
      name: 'warehouse',
      options: { ...defaultBreakerOptions, ...options },
      classify,
      clock: this.clock,
      onTransition: (transition) => this.transitions.push(transition),
      ...parts,
    });
  }

  get steps(): readonly string[] {
    return this.transitions.map(({ from, to, reason }) => `${from} → ${to} (${reason})`);
  }

  begin(options?: CallOptions): BegunCall {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    let signal: AbortSignal | undefined;
    const operation = (given: AbortSignal): Promise<string> => {
      signal = given;
      return promise;
    };
    const result = this.breaker.call(operation, options);
    return {
      result,
      get asked() {
        return signal !== undefined;
      },
      get signal() {
        return signal;
      },
      succeed: () => {
        resolve('answer');
        return result;
      },
      fail: (fault: unknown = new Fault()) => {
        reject(fault);
        return result;
      },
    };
  }

  async succeed(times = 1): Promise<void> {
    for (let call = 0; call < times; call += 1) await this.begin().succeed();
  }

  async fail(times = 1): Promise<void> {
    for (let call = 0; call < times; call += 1) await this.begin().fail();
  }

  async ignore(times = 1): Promise<void> {
    for (let call = 0; call < times; call += 1) await this.begin().fail(new Fault('ignored'));
  }

  /** As many failures as open it, at once. */
  async open(): Promise<void> {
    await this.fail(this.breaker.options.failureThreshold);
  }

  /** Open, and the cool-down is over: the next call is a probe. */
  async openAndCoolDown(): Promise<void> {
    await this.open();
    this.clock.advance(this.breaker.retryAfterMs);
  }
}
