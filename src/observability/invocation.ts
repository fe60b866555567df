import type { InvocationContext, Timer } from '@azure/functions';
import type { Invocation, InvocationLog, Log, LogSink } from './log/log.js';
import type { LabelsOf } from './metrics/metric-catalogue.js';
import type { Metrics } from './metrics/metrics.js';

export type Stage = LabelsOf<'breakwater_webhook_stage_duration_seconds'>['stage'];

/** Starts a stopwatch. Each lap records the time since the one before, or since the start, as that stage's. */
export type StartLaps = () => (stage: Stage) => void;

interface Stopwatch {
  readonly metrics: Metrics;
  readonly clock: { monotonicMs(): number };
}

export const createStartLaps =
  ({ metrics, clock }: Stopwatch): StartLaps =>
  () => {
    let sinceMs = clock.monotonicMs();
    return (stage) => {
      const nowMs = clock.monotonicMs();
      metrics.observe('breakwater_webhook_stage_duration_seconds', { stage }, (nowMs - sinceMs) / 1000);
      sinceMs = nowMs;
    };
  };

/** Returns what the started call returns; the lap is recorded however it ends. */
export const lapOf = async <R>(lap: ReturnType<StartLaps>, stage: Stage, call: Promise<R>): Promise<R> => {
  try {
    return await call;
  } finally {
    lap(stage);
  }
};

/** One invocation: what it is known by, and where its lines go. */
export interface InvocationScope {
  run<R>(traceparent: string | undefined, sink: LogSink, work: () => R): R;
  /** `undefined` outside any invocation: at start and stop. */
  current(): Invocation | undefined;
  /** The trace context of the running request. Throws `TypeError` when there is none: a bug. */
  traceparent(): string;
  /** Throws `TypeError` outside any invocation: a bug. */
  correlationId(): string;
}

const required = (text: string | undefined): string => {
  if (text === undefined) throw new TypeError('No request is running');
  return text;
};

/** `newId` makes a correlation id. */
export const createInvocationScope = (newId: () => string, log: InvocationLog): InvocationScope => ({
  run: (traceparent, sink, work) => log.run(sink, work, { traceparent, correlationId: newId() }),
  current: () => log.current(),
  traceparent: () => required(log.current()?.traceparent),
  correlationId: () => required(log.current()?.correlationId),
});

/** The same log, where each line says which invocation it belongs to, unless it has another correlation id. */
export const correlatedLog = (log: InvocationLog, scope: InvocationScope): InvocationLog => ({
  ...log,
  write(level, event, fields) {
    const correlationId = scope.current()?.correlationId;
    const stands = correlationId === undefined || fields['correlationId'] !== undefined;
    log.write(level, event, stands ? fields : { correlationId, ...fields });
  },
});

export type TimerHandler = (timer: Timer, context: InvocationContext) => Promise<void>;

export interface TimerPorts {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly scope: InvocationScope;
  readonly work: () => Promise<void>;
  /** Called when an invocation has ended. */
  readonly onEnd: () => void;
}

/** Runs a timer's work so that everything it logs and reports belongs to its invocation, and a bug ends it with a failure without details. */
export const createTimerHandler =
  ({ log, metrics, scope, work, onEnd }: TimerPorts): TimerHandler =>
  (_timer, context) => {
    const run = async () => {
      try {
        await work();
      } catch (bug) {
        metrics.count('breakwater_internal_errors_total', {});
        log.write('error', 'timer.failed', { error: bug instanceof Error ? bug.name : typeof bug });
        throw new Error(`${context.functionName} failed`);
      } finally {
        onEnd();
      }
    };
    return scope.run(context.traceContext?.traceParent, context, run);
  };
