import type { PayloadArchive } from '../archive/payload-archive.js';
import type { CircuitBreakerRegistry } from '../circuit-breaker/registry.js';
import { correlatedLog, createInvocationScope, type InvocationScope } from '../observability/invocation-scope.js';
import type { Metrics } from '../observability/metrics/metrics.js';
import { createMetricsStore, type MetricsStore } from '../observability/metrics/metrics-store.js';
import { createReportStates } from '../observability/telemetry/report-states.js';
import { reportedCall } from '../observability/telemetry/reported-call.js';
import { type ReportPorts, reportedLog } from '../observability/telemetry/reported-log.js';
import { reportedMetrics } from '../observability/telemetry/reported-metrics.js';
import type { EventQueue } from '../routing/event-queue.js';
import { inShard, type ShardName } from '../shards/shard-of.js';
import type { Dependencies } from './dependencies.js';

/** How the app is watched: what it counts, and what telemetry is told of it. */
export interface Observation {
  /** The given ones; every line says its invocation, and telemetry is told of lines and calls. */
  readonly dependencies: Dependencies;
  readonly store: MetricsStore;
  /** The store, of which telemetry gets what it draws. */
  readonly metrics: Metrics;
  readonly scope: InvocationScope;
  /** Tells telemetry the states of the breakers. */
  readonly reportStates: () => void;
}

const observed = (dependencies: Dependencies, ports: ReportPorts): Dependencies => {
  const { shards } = dependencies;
  const send = { name: 'route', type: 'Azure Service Bus' };
  const observedArchive = (archive: PayloadArchive, target: string): PayloadArchive => ({
    put: (payload, signal) =>
      reportedCall(ports, { name: 'archive', type: 'Azure blob', target }, () => archive.put(payload, signal)),
    read: (name, signal) => archive.read(name, signal),
    list: (prefix, from, signal) => archive.list(prefix, from, signal),
  });
  const observedQueue = (queue: EventQueue, shard: ShardName): EventQueue => ({
    send: (name, message, signal) =>
      reportedCall(ports, { ...send, target: inShard(name, shard) }, () => queue.send(name, message, signal)),
  });
  return {
    ...dependencies,
    log: reportedLog(dependencies.log, ports),
    archive: observedArchive(dependencies.archive, 'blob-storage'),
    queue: observedQueue(dependencies.queue, ''),
    ...(shards !== undefined && {
      shards: {
        ...shards,
        accounts: shards.accounts.map((account) => ({
          ...account,
          archive: observedArchive(account.archive, inShard('blob-storage', account.name)),
        })),
        namespaces: shards.namespaces.map((namespace) => ({
          ...namespace,
          queue: observedQueue(namespace.queue, namespace.name),
        })),
      },
    }),
  };
};

/** Without telemetry nothing is told, and calls are as they were. */
export const createObservation = (given: Dependencies, registry: CircuitBreakerRegistry): Observation => {
  const { telemetry, clock } = given;
  const store = createMetricsStore();
  const scope = createInvocationScope(given.newId);
  // What a reply calls its request is what the request's lines say.
  const dependencies = { ...given, newId: scope.correlationId, log: correlatedLog(given.log, scope) };
  if (telemetry === undefined) return { dependencies, store, metrics: store, scope, reportStates: () => {} };
  return {
    dependencies: observed(dependencies, { telemetry, scope, clock }),
    store,
    metrics: reportedMetrics(store, { telemetry, scope }),
    scope,
    reportStates: createReportStates({ breakers: () => [...registry], telemetry, clock }),
  };
};
