import type { CallResult } from '../circuit-breaker/call-result.js';
import type { Classify } from '../circuit-breaker/classify.js';
import type { Clock } from '../circuit-breaker/clock.js';
import type { GuardedCall } from '../circuit-breaker/guarded-call.js';
import type { LabelsOf } from '../observability/metric-catalogue.js';
import type { Metrics } from '../observability/metrics.js';

type Outcome = LabelsOf<'breakwater_circuit_breaker_calls_total'>['outcome'];

const verdictOutcomes = { failure: 'failure', success: 'success', ignored: 'ignored' } as const;

/** A dependency's own error is classified again: that gives the verdict its breaker had of it. */
const outcomeOf = <E>(result: CallResult<unknown, E>, classify: Classify<E>): Outcome => {
  if (result.ok) return 'success';
  switch (result.error.kind) {
    case 'circuit-open':
    case 'too-many-concurrent-requests':
      return 'rejected';
    case 'timeout':
      return 'timeout';
    case 'operation-failed':
      return verdictOutcomes[classify(result.error.cause).verdict];
    case 'internal':
      return 'failure';
  }
};

export interface CallMeter<E> {
  readonly classify: Classify<E>;
  readonly metrics: Metrics;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/**
 * The same breaker, whose calls are counted by outcome and timed. Counted here and not read from the breaker, so that a
 * reset makes no counter fall.
 */
export const meteredCall = <T, E>(
  breaker: GuardedCall<T, E> & { readonly name: string },
  { classify, metrics, clock }: CallMeter<E>,
): GuardedCall<T, E> => ({
  call: async (operation, options) => {
    const startedMs = clock.monotonicMs();
    const result = await breaker.call(operation, options);
    const outcome = outcomeOf(result, classify);
    metrics.count('breakwater_circuit_breaker_calls_total', { breaker: breaker.name, outcome });
    if (outcome !== 'rejected') {
      const seconds = (clock.monotonicMs() - startedMs) / 1000;
      metrics.observe('breakwater_circuit_breaker_call_duration_seconds', { breaker: breaker.name }, seconds);
    }
    return result;
  },
});
