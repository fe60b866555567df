import type { ManagedBreaker } from '../../circuit-breaker/circuit-breaker.js';
import { toFaultReason } from '../../faults/fault-reason.js';
import type { Log, LogLevel } from '../log/log.js';
import { stateLabels } from './metric-catalogue.js';
import type { Metrics } from './metrics.js';

/** What every breaker reports about a transition; the breaker's own type has more. */
interface Transition {
  readonly breaker: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

/**
 * One line per transition, `breaker.opened`, `breaker.half-opened` or `breaker.closed`: what alert rules look for. Closing is good news.
 * `lastFailure`: why the latest call failed, in one word; present when a breaker opens.
 */
export const createTransitionLog =
  (log: Log) =>
  ({ breaker, from, to, reason }: Transition, lastFailure: string | undefined): void =>
    log.write(levels[to] ?? 'warn', eventNames[to] ?? 'breaker.changed', {
      breaker,
      from,
      to,
      reason,
      ...(to === 'Open' && { lastFailure }),
    });

const levels: Readonly<Record<string, LogLevel>> = { Open: 'error', HalfOpen: 'warn', Closed: 'info' };

const eventNames: Readonly<Record<string, string>> = {
  Open: 'breaker.opened',
  HalfOpen: 'breaker.half-opened',
  Closed: 'breaker.closed',
};

type Observed = Pick<ManagedBreaker, 'name' | 'subscribe' | 'observeCalls' | 'observeFallbacks' | 'snapshot'>;

/**
 * Counts a breaker's calls, transitions and fallbacks, and times its calls and recoveries; each transition leaves one log line.
 * Counted here and not read from the breaker, so that a reset makes no counter fall. Answers the breaker.
 */
export const observeBreaker = <B extends Observed>(
  breaker: B,
  { metrics, log }: { readonly metrics: Metrics; readonly log: Log },
): B => {
  const { name } = breaker;
  const logTransition = createTransitionLog(log);
  breaker.subscribe((transition) => {
    const { lastFailure, lastRecoveryMs } = breaker.snapshot();
    logTransition(transition, lastFailure?.reason);
    metrics.count('breakwater_circuit_breaker_transitions_total', { breaker: name, to: stateLabels[transition.to] });
    if (transition.reason !== 'success-threshold' || lastRecoveryMs === null) return;
    metrics.observe('breakwater_circuit_breaker_recovery_seconds', { breaker: name }, lastRecoveryMs / 1000);
  });
  breaker.observeFallbacks(({ outcome }) =>
    metrics.count('breakwater_circuit_breaker_fallbacks_total', { breaker: name, outcome }),
  );
  breaker.observeCalls((outcome, durationMs, reason = 'unknown') => {
    metrics.count('breakwater_circuit_breaker_calls_total', { breaker: name, outcome });
    if (outcome === 'rejected') return;
    metrics.observe('breakwater_circuit_breaker_call_duration_seconds', { breaker: name }, durationMs / 1000);
    if (outcome !== 'failure' && outcome !== 'timeout') return;
    metrics.count('breakwater_dependency_failures_total', { breaker: name, reason: toFaultReason(reason) });
  });
  return breaker;
};
