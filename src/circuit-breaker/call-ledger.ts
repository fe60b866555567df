import type { Clock } from '../time/clock.js';
import { CallCounts } from './call-counts.js';
import type { CallOutcome } from './call-observers.js';
import { CallSampling } from './call-sampling.js';
import type { CircuitBreakerSnapshot } from './circuit-breaker-snapshot.js';
import type { FallbackUse } from './fallback.js';
import { Listeners } from './listeners.js';
import { ResponseTimes } from './response-times.js';

/** Writes down how calls end: counts, response times, and a word to the observers. Its memory does not grow with calls. */
export class CallLedger {
  readonly observers = new Listeners<[outcome: CallOutcome, durationMs: number, reason?: string]>();
  counts = new CallCounts();
  responseTimes = new ResponseTimes();
  readonly #clock: Clock;
  readonly #sampling: CallSampling;
  #slowFromMs: number;
  #lastFailure: { readonly atMs: number; readonly reason: string } | undefined;
  #lastSuccessMs: number | undefined;

  constructor(clock: Clock, slowFromMs: number) {
    this.#clock = clock;
    this.#sampling = new CallSampling(clock);
    this.#slowFromMs = slowFromMs;
  }

  /** Calls of this duration or longer are slow; `Infinity` when slow calls are not looked for. */
  set slowFromMs(slowFromMs: number) {
    this.#slowFromMs = slowFromMs;
  }

  countFallback(outcome: FallbackUse['outcome']): void {
    if (outcome === 'served') this.counts.fallbacks += 1;
    else this.counts.failedFallbacks += 1;
  }

  reset(): void {
    this.counts = new CallCounts();
    this.responseTimes = new ResponseTimes();
  }

  /** The time for a call that begins now, or `undefined` when it need not be timed. */
  sampledStartMs(): number | undefined {
    const everyCall = this.#slowFromMs !== Infinity || this.observers.any;
    return everyCall ? this.#clock.monotonicMs() : this.#sampling.startMs();
  }

  reject(): void {
    this.counts.rejected += 1;
    this.observers.tell('rejected', 0);
  }

  /** For a caller who had given up before the dependency was asked. */
  giveUp(): void {
    this.counts.ignored += 1;
    this.observers.tell('ignored', 0);
  }

  /** Like `end`, for the ending that most calls have. */
  succeed(startMs: number | undefined): boolean {
    this.counts.successful += 1;
    return startMs !== undefined && this.#time('success', startMs);
  }

  /** Answers whether the call was slow. `reason` is why it failed. */
  end(outcome: Exclude<CallOutcome, 'rejected'>, startMs: number | undefined, reason: string): boolean {
    switch (outcome) {
      case 'success':
        return this.succeed(startMs);
      case 'timeout':
        this.counts.timedOut += 1;
        this.#fail(reason);
        break;
      case 'failure':
        this.#fail(reason);
        break;
      case 'ignored':
        this.counts.ignored += 1;
        break;
    }
    return startMs !== undefined && this.#time(outcome, startMs, reason);
  }

  /** By the present clock, so that one that was set right tells the times right. */
  latest(): Pick<CircuitBreakerSnapshot, 'lastFailure' | 'lastSuccess'> {
    const offsetMs = this.#clock.epochMs() - this.#clock.monotonicMs();
    const timeOf = (atMs: number): string => new Date(offsetMs + atMs).toISOString();
    const failure = this.#lastFailure;
    return {
      lastFailure: failure === undefined ? null : { time: timeOf(failure.atMs), reason: failure.reason },
      lastSuccess: this.#lastSuccessMs === undefined ? null : timeOf(this.#lastSuccessMs),
    };
  }

  #fail(reason: string): void {
    this.counts.failed += 1;
    this.#lastFailure = { atMs: this.#clock.monotonicMs(), reason };
  }

  #time(outcome: CallOutcome, startMs: number, reason?: string): boolean {
    const nowMs = this.#clock.monotonicMs();
    const durationMs = nowMs - startMs;
    if (outcome === 'success') this.#lastSuccessMs = nowMs;
    this.observers.tell(outcome, durationMs, reason);
    return outcome !== 'ignored' && this.#record(durationMs);
  }

  #record(durationMs: number): boolean {
    this.responseTimes.record(durationMs);
    const slow = durationMs >= this.#slowFromMs;
    if (slow) this.counts.slow += 1;
    return slow;
  }
}
