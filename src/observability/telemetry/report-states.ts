import type { CircuitBreakerSnapshot } from '../../circuit-breaker/circuit-breaker-snapshot.js';
import type { Clock } from '../../time/clock.js';
import { stateLabels } from '../metrics/metric-catalogue.js';
import { reportState } from './reported-metrics.js';
import type { Telemetry } from './telemetry.js';

export interface ReportStatesPorts {
  readonly breakers: () => readonly { snapshot(): CircuitBreakerSnapshot }[];
  readonly telemetry: Telemetry;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

const intervalMs = 60_000;

/** Tells telemetry the state of every breaker, at most once a minute however often it is called. */
export const createReportStates = ({ breakers, telemetry, clock }: ReportStatesPorts): (() => void) => {
  let reportedMs: number | undefined;
  return () => {
    const nowMs = clock.monotonicMs();
    if (reportedMs !== undefined && nowMs - reportedMs < intervalMs) return;
    reportedMs = nowMs;
    for (const { name, state } of breakers().map((breaker) => breaker.snapshot())) {
      reportState(telemetry, name, stateLabels[state]);
    }
  };
};
