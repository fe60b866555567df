import { reportState } from '../observability/reported-metrics.js';
import type { Telemetry } from '../observability/telemetry.js';
import type { Clock } from '../time/clock.js';
import type { AllBreakers } from './operated-breaker.js';
import { stateLabels } from './state-labels.js';

export interface ReportStatesPorts {
  readonly breakers: AllBreakers;
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
