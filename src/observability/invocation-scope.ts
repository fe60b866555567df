import { AsyncLocalStorage } from 'node:async_hooks';
import type { Stage } from './stage-laps.js';

/** What is known of the invocation that is running, wherever in its calls one asks. */
export interface Invocation {
  /** W3C trace context: the caller's trace, under the span of this request. Absent for a timer that the host gave none. */
  readonly traceparent: string | undefined;
  /** The longest lap of each stage so far, in milliseconds. */
  readonly stageMs: Map<Stage, number>;
}

export interface InvocationScope {
  run<R>(traceparent: string | undefined, work: () => R): R;
  /** `undefined` outside of every invocation: at start and stop. */
  current(): Invocation | undefined;
  /** The trace context of the request that is running. Throws `TypeError` where none is: a bug. */
  traceparent(): string;
}

export const createInvocationScope = (): InvocationScope => {
  const running = new AsyncLocalStorage<Invocation>();
  return {
    run: (traceparent, work) => running.run({ traceparent, stageMs: new Map() }, work),
    current: () => running.getStore(),
    traceparent() {
      const traceparent = running.getStore()?.traceparent;
      if (traceparent === undefined) throw new TypeError('No request is running');
      return traceparent;
    },
  };
};
