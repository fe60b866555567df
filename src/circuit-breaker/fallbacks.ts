import type { GuardedCallError } from './call-errors.js';
import type { CallLedger } from './call-ledger.js';
import type { CallOptions } from './guarded-call.js';
import { Listeners } from './listeners.js';

/** In place of a value that could not be obtained: the value itself, or a function that is told why. */
export type Fallback<R> = R | ((error: GuardedCallError) => R | Promise<R>);

/** Per-call choices of `execute`. */
export interface ExecuteOptions<R> extends CallOptions {
  readonly fallback?: Fallback<R> | undefined;
}

/** One use of a fallback. */
export interface FallbackUse {
  readonly breaker: string;
  /** `failed` when the fallback threw; what it threw is `error.fallbackError`. */
  readonly outcome: 'served' | 'failed';
  /** Why the call itself gave no value. */
  readonly error: GuardedCallError;
}

/** Told of every use of a fallback. What it throws or rejects with reaches nobody. */
export type FallbackListener = (use: FallbackUse) => void;

const isFunction = <R>(fallback: Fallback<R>): fallback is (error: GuardedCallError) => R | Promise<R> =>
  typeof fallback === 'function';

/** The fallbacks of one breaker: how many run, and who is told of each. */
export class Fallbacks extends Listeners<FallbackUse> {
  readonly #ledger: CallLedger;
  #running = 0;

  constructor(ledger: CallLedger, listener?: FallbackListener) {
    super(listener);
    this.#ledger = ledger;
  }

  /** What the fallback gives; else throws why the call itself gave nothing, with the fallback's fault. */
  async take<R>(fallback: Fallback<R>, error: GuardedCallError, most = Number.POSITIVE_INFINITY): Promise<R> {
    const { breaker } = error;
    this.#running += 1;
    try {
      if (this.#running > most) throw new RangeError(`More than ${most} fallbacks at once`);
      const value = await (isFunction(fallback) ? fallback(error) : fallback);
      this.#ledger.counts.fallbacks += 1;
      this.tell({ breaker, outcome: 'served', error });
      return value;
    } catch (thrown) {
      error.fallbackError = thrown;
      this.#ledger.counts.failedFallbacks += 1;
      this.tell({ breaker, outcome: 'failed', error });
      throw error;
    } finally {
      this.#running -= 1;
    }
  }
}
