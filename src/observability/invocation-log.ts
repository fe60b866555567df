import { AsyncLocalStorage } from 'node:async_hooks';
import { formatLogLine } from './format-log-line.js';
import type { Log, LogLevel } from './log.js';

/** Where finished lines go; `InvocationContext` and `console` are both of this shape. */
export type LogSink = Readonly<Record<LogLevel, (line: string) => void>>;

/** A log whose lines belong to the invocation that is running, wherever in its calls they are written. */
export interface InvocationLog extends Log {
  /** Runs `work`; what it logs, and what its calls log, goes to `sink`. */
  run<R>(sink: LogSink, work: () => R): R;
}

/** `outside` takes the lines that no invocation runs for: start and stop. */
export const createInvocationLog = (outside: LogSink): InvocationLog => {
  const current = new AsyncLocalStorage<LogSink>();
  return {
    run: (sink, work) => current.run(sink, work),
    write: (level, event, fields) => (current.getStore() ?? outside)[level](formatLogLine(event, fields)),
  };
};
