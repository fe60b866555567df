import type { Clock } from '../time/clock.js';
import type { Circuit } from './circuit.js';
import { Listeners } from './listeners.js';
import { TimeRateWindow } from './rate-window.js';
import { ResponseTimes } from './response-times.js';
import { slowFromMs } from './trip-rules.js';

/** How a call ended, or that it was refused. */
export type CallOutcome = 'success' | 'failure' | 'timeout' | 'ignored' | 'rejected';

/**
 * Told of every call at its end. `reason` is the classifier's word for a call that did not succeed, `timeout` for one that was cut.
 * What it throws or rejects with reaches nobody.
 */
export type CallObserver = (outcome: CallOutcome, durationMs: number, reason?: string) => void;

/** The latest call that counted against the dependency. */
export interface LastFailure {
  /** ISO 8601, UTC, by the present clock. */
  readonly time: string;
  /** `timeout`, `internal` when the classifier threw, what the classifier says, else `failed`. */
  readonly reason: string;
}

const noCounts = {
  successful: 0,
  failed: 0,
  timedOut: 0,
  ignored: 0,
  rejected: 0,
  slow: 0,
  stale: 0,
  fallbacks: 0,
  failedFallbacks: 0,
};

/** Writes down how calls end: counts, response times, and a word to the observers. Its memory does not grow with calls. */
export class CallLedger {
  readonly observers = new Listeners<CallOutcome, number, string | undefined>();
  readonly startedMs: number;
  counts = { ...noCounts };
  responseTimes = new ResponseTimes();
  readonly #clock: Clock;
  readonly #circuit: Pick<Circuit, 'options'>;
  #recent = new TimeRateWindow();
  #lastFailure: { readonly atMs: number; readonly reason: string } | undefined;
  #lastSuccessMs: number | undefined;

  constructor(clock: Clock, circuit: Pick<Circuit, 'options'>) {
    this.#clock = clock;
    this.#circuit = circuit;
    this.startedMs = clock.monotonicMs();
  }

  reset(): void {
    this.counts = { ...noCounts };
    this.responseTimes = new ResponseTimes();
    this.#recent = new TimeRateWindow();
  }

  reject(): void {
    this.counts.rejected += 1;
    this.observers.tell('rejected', 0, undefined);
  }

  /** For a caller who had given up before the dependency was asked. */
  giveUp(): void {
    this.counts.ignored += 1;
    this.observers.tell('ignored', 0, undefined);
  }

  /** Answers whether the call was slow. `reason` is why it failed, when it did. */
  end(outcome: Exclude<CallOutcome, 'rejected'>, startMs: number, nowMs: number, reason: string): boolean {
    const { counts } = this;
    const { options } = this.#circuit;
    const durationMs = nowMs - startMs;
    const slow = durationMs >= slowFromMs(options);
    if (outcome === 'ignored') counts.ignored += 1;
    else {
      if (slow) counts.slow += 1;
      this.#recent.add(nowMs, options.windowMs, outcome !== 'success', slow);
      this.responseTimes.record(durationMs);
    }
    if (outcome === 'success') {
      counts.successful += 1;
      this.#lastSuccessMs = nowMs;
    }
    if (outcome === 'timeout') counts.timedOut += 1;
    if (outcome === 'failure' || outcome === 'timeout') {
      counts.failed += 1;
      this.#lastFailure = { atMs: nowMs, reason };
    }
    this.observers.tell(outcome, durationMs, outcome === 'success' ? undefined : reason);
    return slow;
  }

  /** Failed calls among the successful and failed ones of the window. */
  get failureRate(): number {
    const { calls, failed } = this.#recent.totals(this.#clock.monotonicMs(), this.#circuit.options.windowMs);
    return calls === 0 ? 0 : failed / calls;
  }

  /** By the present clock, so that one that was set right tells the times right. */
  latest(): { readonly lastFailure: LastFailure | null; readonly lastSuccess: string | null } {
    const offsetMs = this.#clock.epochMs() - this.#clock.monotonicMs();
    const timeOf = (atMs: number): string => new Date(offsetMs + atMs).toISOString();
    const failure = this.#lastFailure;
    return {
      lastFailure: failure === undefined ? null : { time: timeOf(failure.atMs), reason: failure.reason },
      lastSuccess: this.#lastSuccessMs === undefined ? null : timeOf(this.#lastSuccessMs),
    };
  }
}
