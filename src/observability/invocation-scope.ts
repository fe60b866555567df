import { AsyncLocalStorage } from 'node:async_hooks';
import type { InvocationLog } from './log/invocation-log.js';
import type { Stage } from './metrics/stage-laps.js';

/** What is known of the invocation that is running, wherever in its calls one asks. */
export interface Invocation {
  /** W3C trace context: the caller's trace, under the span of this request. Absent for a timer that the host gave none. */
  readonly traceparent: string | undefined;
  /** What its reply and all its log lines are known by. */
  readonly correlationId: string;
  /** The longest lap of each stage so far, in milliseconds. */
  readonly stageMs: Map<Stage, number>;
}

export interface InvocationScope {
  run<R>(traceparent: string | undefined, work: () => R): R;
  /** `undefined` outside of every invocation: at start and stop. */
  current(): Invocation | undefined;
  /** The trace context of the request that is running. Throws `TypeError` where none is: a bug. */
  traceparent(): string;
  /** Throws `TypeError` outside of every invocation: a bug. */
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
    run: (traceparent, work) => running.run({ traceparent, correlationId: newId(), stageMs: new Map() }, work),
    current: () => running.getStore(),
    traceparent: () => required(running.getStore()?.traceparent),
    correlationId: () => required(running.getStore()?.correlationId),
  };
};

/** The same log, each of whose lines says which invocation it belongs to, unless it names the correlation id of something else. */
export const correlatedLog = (log: InvocationLog, scope: InvocationScope): InvocationLog => ({
  run: (sink, work) => log.run(sink, work),
  write(level, event, fields) {
    const correlationId = scope.current()?.correlationId;
    const stands = correlationId === undefined || fields['correlationId'] !== undefined;
    log.write(level, event, stands ? fields : { correlationId, ...fields });
  },
});
