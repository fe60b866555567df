import type { InvocationContext, Timer } from '@azure/functions';
import { type ReportConflictsPorts, reportConflict } from '../archive/guarded-archive.js';
import type { PayloadArchive } from '../archive/payload-archive.js';
import type { ArchiveIndex } from '../archive-index/archive-index.js';
import type { CircuitBreakerRegistry } from '../circuit-breaker/registry.js';
import { continueTrace } from '../envelope/event-identity.js';
import { problem } from '../http/problems.js';
import type { HttpHandler } from '../http/receive-webhook.js';
import type { Patience } from '../ingest/time-limits.js';
import { correlatedLog, createInvocationScope, type InvocationScope } from '../observability/log/log.js';
import type { Metrics } from '../observability/metrics/metrics.js';
import { createMetricsStore, type MetricsStore } from '../observability/metrics/metrics-store.js';
import {
  type CallIdentity,
  createReportStates,
  reportedCall,
  reportedLog,
  reportedMetrics,
} from '../observability/telemetry/reporting.js';
import type { Presence } from '../presence/presence.js';
import type { EventQueue } from '../routing/event-queue.js';
import type { ShardName } from '../shards/shard-of.js';
import type { Dependencies } from './dependencies.js';

/** What a breaker, a check or a log line of a shard is called, beside those of the first shard, which keep their plain names. */
export const inShard = (name: string, shard: ShardName): string => (shard === '' ? name : `${name}:${shard}`);

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
  const scope = createInvocationScope(given.newId, given.log);
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

interface WatchedWork<R> {
  readonly traceparent: string | undefined;
  readonly context: InvocationContext;
  readonly work: () => Promise<R>;
  /** Logs a bug in the work, and answers what the invocation ends with. */
  readonly onBug: (error: string) => R;
}

/** Runs work so that all it logs and reports belongs to its invocation. A bug in it is counted. */
const insideInvocation = <R>(
  { metrics, scope, reportStates }: Observation,
  { traceparent, context, work, onBug }: WatchedWork<R>,
): Promise<R> =>
  scope.run(traceparent, context, async () => {
    try {
      return await work();
    } catch (bug) {
      metrics.count('breakwater_internal_errors_total', {});
      return onBug(bug instanceof Error ? bug.name : typeof bug);
    } finally {
      reportStates();
    }
  });

/** A handler inside its invocation; a bug in it leaves as a bare 500. */
export const watchedHandler = (observation: Observation, handler: HttpHandler): HttpHandler => {
  const { newHex, log } = observation.dependencies;
  return (request, context) => {
    const incoming = request.headers.get('traceparent');
    return insideInvocation(observation, {
      traceparent: continueTrace({ incoming, platform: context.traceContext?.traceParent, newHex }),
      context,
      work: () => handler(request, context),
      onBug: (error) => {
        log.write('error', 'request.failed', { error });
        return problem('InternalError', { detail: 'The request was not processed. Send it again later.' });
      },
    });
  };
};

export type TimerHandler = (timer: Timer, context: InvocationContext) => Promise<void>;

/** A timer's work inside its invocation; a bug ends it with a failure without details. */
export const watchedTimer =
  (observation: Observation, work: () => Promise<void>): TimerHandler =>
  (_timer, context) =>
    insideInvocation(observation, {
      traceparent: context.traceContext?.traceParent,
      context,
      work,
      onBug: (error) => {
        observation.dependencies.log.write('error', 'timer.failed', { error });
        throw new Error(`${context.functionName} failed`);
      },
    });

export interface WatchedArchiveParts extends ReportConflictsPorts {
  /** The name of storage in telemetry. */
  readonly target: string;
  readonly reportCall: ReportCall;
  readonly patience: Patience;
  /** Absent: archived payloads are not indexed. */
  readonly index: Pick<ArchiveIndex, 'noteArchived'> | undefined;
  /** The process whose name archived payloads carry, once others know that it is alive; absent: none. */
  readonly presence: Pick<Presence, 'known' | 'process'> | undefined;
}

/**
 * Everything that observes a payload on its way into one account, whichever guard it goes through: telemetry gets the call, its duration sets what is
 * overdue, an id that its sender used twice is reported, and new payloads are indexed.
 */
export const watchedArchive = (archive: PayloadArchive, parts: WatchedArchiveParts): PayloadArchive => {
  const { target, reportCall, patience, index, presence } = parts;
  const identity = { name: 'archive', type: 'Azure blob', target };
  return {
    put: async (payload, signal) => {
      const known = presence?.known();
      if (known !== undefined) await known;
      const named = presence === undefined ? payload : { ...payload, process: presence.process };
      const archived = await patience.watch(reportCall(identity, archive.put(named, signal)));
      reportConflict(parts, payload, archived);
      index?.noteArchived(payload, archived);
      return archived;
    },
    read: (name, signal) => archive.read(name, signal),
    list: (prefix, from, signal) => archive.list(prefix, from, signal),
  };
};

export interface WatchedQueueParts extends Pick<WatchedArchiveParts, 'reportCall' | 'patience'> {
  readonly shard: ShardName;
}

/** The same for a message on its way into a queue of one namespace. */
export const watchedQueue = (queue: EventQueue, { shard, reportCall, patience }: WatchedQueueParts): EventQueue => ({
  send: (name, message, signal) => {
    const identity = { name: 'route', type: 'Azure Service Bus', target: inShard(name, shard) };
    return patience.watch(reportCall(identity, queue.send(name, message, signal)));
  },
});
