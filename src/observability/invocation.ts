import { AsyncLocalStorage } from 'node:async_hooks';
import type { InvocationContext, Timer } from '@azure/functions';
import type { InvocationLog } from './log/log.js';
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

/** What is known of the running invocation, available anywhere in its calls. */
export interface Invocation {
  /** W3C trace context: the caller's trace, under the span of this request. Absent for a timer that the host gave none. */
  readonly traceparent: string | undefined;
  /** Identifies its reply and all its log lines. */
  readonly correlationId: string;
  /** The longest lap of each stage so far, in milliseconds. */
  stageMs?: Map<Stage, number>;
}

export interface InvocationScope {
  run<R>(traceparent: string | undefined, work: () => R): R;
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
export const createInvocationScope = (newId: () => string): InvocationScope => {
  const running = new AsyncLocalStorage<Invocation>();
  return {
    run: (traceparent, work) => running.run({ traceparent, correlationId: newId() }, work),
    current: () => running.getStore(),
    traceparent: () => required(running.getStore()?.traceparent),
    correlationId: () => required(running.getStore()?.correlationId),
  };
};

/** The same log, where each line says which invocation it belongs to, unless it has another correlation id. */
export const correlatedLog = (log: InvocationLog, scope: InvocationScope): InvocationLog => ({
  run: (sink, work) => log.run(sink, work),
  write(level, event, fields) {
    const correlationId = scope.current()?.correlationId;
    const stands = correlationId === undefined || fields['correlationId'] !== undefined;
    log.write(level, event, stands ? fields : { correlationId, ...fields });
  },
});

export type TimerHandler = (timer: Timer, context: InvocationContext) => Promise<void>;

export interface TimerPorts {
  readonly log: InvocationLog;
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
    return scope.run(context.traceContext?.traceParent, () => log.run(context, run));
  };
