import type { CallLedger, LastFailure, ResponseTimeSummary } from './call-ledger.js';
import type { Circuit } from './circuit.js';
import type { CircuitMode, CircuitState } from './circuit-state.js';
import type { RateTotals } from './trip-rules.js';

/** All that can be read of a breaker at one moment. Reading changes nothing. Counts are since the start or the last reset. */
export interface CircuitBreakerSnapshot {
  readonly name: string;
  /** Lazy: stays `Open` after the cool-down, with `retryAfterMs` 0, until a call comes. */
  readonly state: CircuitState;
  readonly mode: CircuitMode;
  /** Whether the state is `Closed`. */
  readonly isHealthy: boolean;
  /** All calls that came: rejected, waiting, running and completed. */
  readonly total: number;
  readonly running: number;
  /** Calls that wait for a slot, when `maxWaiting` lets them. */
  readonly waiting: number;
  readonly successful: number;
  /** Calls that counted against the dependency, timeouts included. */
  readonly failed: number;
  readonly timedOut: number;
  /** Calls that said nothing about the dependency: aborted by the caller, or classified so. */
  readonly ignored: number;
  /** Calls refused without asking the dependency: open, probes at their limit, bulkhead full. */
  readonly rejected: number;
  /** Counted calls at or above `slowCallDurationMs`, when that is set. */
  readonly slow: number;
  /** Completed calls whose result came too late to move the state; they are in the counts above too. */
  readonly stale: number;
  /** Fallbacks of `execute` that gave a value, and those that failed too. */
  readonly fallbacks: number;
  readonly failedFallbacks: number;
  readonly consecutiveFailures: number;
  /** Failed calls among the successful and failed ones of the latest `windowMs`, from 0 to 1; whatever state they began in. */
  readonly failureRate: number;
  /** Successful calls among all since the last reset, from 0 to 1; 1 before the first. */
  readonly successRate: number;
  /** The sliding window that a closed breaker is judged by, when a rule needs it. */
  readonly rateWindow: RateTotals | null;
  /** Of the latest 512 calls. */
  readonly averageResponseTimeMs: number;
  readonly responseTimesMs: ResponseTimeSummary;
  /** A reset does not forget it; `null` before the first. */
  readonly lastFailure: LastFailure | null;
  /** ISO 8601, UTC, by the present clock: when a call last succeeded. A reset does not forget it; `null` before the first. */
  readonly lastSuccess: string | null;
  /** ISO 8601, UTC; the breaker's start when the state has never changed. */
  readonly lastStateChange: string;
  /** ISO 8601, UTC, by the present clock; `null` unless the breaker is open by itself. */
  readonly nextRecoveryAttempt: string | null;
  readonly retryAfterMs: number;
  readonly transitions: number;
  /** From its first opening until probes had closed it, the last time; `null` before. */
  readonly lastRecoveryMs: number | null;
  /** Since the breaker was made. */
  readonly uptimeMs: number;
}

/** Its calls, as far as they are counted. */
interface Counted {
  readonly ledger: CallLedger;
  readonly count: number;
  readonly waiting: number;
}

/** Everything at one moment. */
export const takeSnapshot = (circuit: Circuit, calls: Counted): CircuitBreakerSnapshot => {
  const { ledger, count: running, waiting } = calls;
  const { stay, state, mode, history, nowMs, clock } = circuit;
  const { transitions, lastRecoveryMs, lastChangeEpochMs } = history;
  const { counts } = ledger;
  const { successful, failed, ignored, rejected } = counts;
  const total = successful + failed + ignored + rejected + running + waiting;
  const responseTimesMs = ledger.responseTimes.summary();
  return {
    name: circuit.name,
    state,
    mode,
    isHealthy: state === 'Closed',
    total,
    running,
    waiting,
    ...counts,
    consecutiveFailures: circuit.consecutiveFailures,
    failureRate: ledger.failureRate,
    successRate: total === 0 ? 1 : successful / total,
    rateWindow: (stay.kind === 'Closed' && stay.window?.totals(nowMs, circuit.options.windowMs)) || null,
    averageResponseTimeMs: responseTimesMs.average,
    responseTimesMs,
    ...ledger.latest(),
    lastStateChange: new Date(lastChangeEpochMs).toISOString(),
    nextRecoveryAttempt: stay.kind === 'Open' ? new Date(clock.epochMs() + (stay.untilMs - nowMs)).toISOString() : null,
    retryAfterMs: circuit.retryAfterMs,
    transitions,
    lastRecoveryMs,
    uptimeMs: Math.round(nowMs - ledger.startedMs),
  };
};
