import { AsyncLocalStorage } from 'node:async_hooks';
import { formatLogLine } from './format-log-line.js';
import type { Log, LogLevel } from './log.js';

/** Where finished lines go; `InvocationContext` and `console` are both of this shape. */
export type LogSink = Readonly<Record<LogLevel, (line: string) => void>>;

/** A log whose lines belong to the invocation that is running, wherever in its calls they are written. */
export interface InvocationLog extends Log {
  /** Runs `work`; what it logs, and what its calls log until it has ended, goes to `sink`. */
  run<R>(sink: LogSink, work: () => R): R;
}

interface Invocation {
  readonly sink: LogSink;
  hasEnded: boolean;
}

/**
 * `outside` takes the lines that no invocation runs for: start and stop, and what work in the background says after the invocation
 * that began it. The host drops what an invocation says after its end. It shows no level of such lines, so they say it themselves.
 */
export const createInvocationLog = (outside: LogSink): InvocationLog => {
  const current = new AsyncLocalStorage<Invocation>();
  return {
    run(sink, work) {
      const invocation: Invocation = { sink, hasEnded: false };
      const end = (): void => {
        invocation.hasEnded = true;
      };
      const result = current.run(invocation, work);
      void Promise.resolve(result).then(end, end);
      return result;
    },
    write(level, event, fields) {
      const invocation = current.getStore();
      if (invocation !== undefined && !invocation.hasEnded) invocation.sink[level](formatLogLine(event, fields));
      else outside[level](formatLogLine(event, { ...fields, level }));
    },
  };
};
