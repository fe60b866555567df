import type { CircuitBreakerRegistry } from '../circuit-breaker/registry.js';
import { correlatedLog, createInvocationScope, type InvocationScope } from '../observability/invocation-scope.js';
import type { Metrics } from '../observability/metrics/metrics.js';
import { createMetricsStore, type MetricsStore } from '../observability/metrics/metrics-store.js';
import { createReportStates } from '../observability/telemetry/report-states.js';
import { type CallIdentity, reportedCall } from '../observability/telemetry/reported-call.js';
import { reportedLog } from '../observability/telemetry/reported-log.js';
import { reportedMetrics } from '../observability/telemetry/reported-metrics.js';
import type { Dependencies } from './dependencies.js';

/** Tells telemetry of a call that begins now, and answers as the call does. */
export type ReportCall = <R>(identity: CallIdentity, call: Promise<R>) => Promise<R>;

/** How the app is watched: what it counts, and what telemetry is told of it. */
export interface Observation {
  /** The given ones; every line says its invocation, and telemetry is told of it. */
  readonly dependencies: Dependencies;
  readonly store: MetricsStore;
  /** The store, of which telemetry gets what it draws. */
  readonly metrics: Metrics;
  readonly scope: InvocationScope;
  readonly reportCall: ReportCall;
  /** Tells telemetry the states of the breakers. */
  readonly reportStates: () => void;
}

/** Without telemetry nothing is told, and calls are as they were. */
export const createObservation = (given: Dependencies, registry: CircuitBreakerRegistry): Observation => {
  const { telemetry, clock } = given;
  const store = createMetricsStore();
  const scope = createInvocationScope(given.newId);
  // What a reply calls its request is what the request's lines say.
  const dependencies = { ...given, newId: scope.correlationId, log: correlatedLog(given.log, scope) };
  if (telemetry === undefined) {
    return { dependencies, store, metrics: store, scope, reportCall: (_, call) => call, reportStates: () => {} };
  }
  const ports = { telemetry, scope, clock };
  return {
    dependencies: { ...dependencies, log: reportedLog(dependencies.log, ports) },
    reportCall: (identity, call) => reportedCall(ports, identity, call),
    store,
    metrics: reportedMetrics(store, { telemetry, scope }),
    scope,
    reportStates: createReportStates({ breakers: () => [...registry], telemetry, clock }),
  };
};
