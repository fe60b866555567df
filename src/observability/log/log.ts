import { AsyncLocalStorage } from 'node:async_hooks';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Flat, short, ASCII-safe values; never a payload, a secret, a signature or a raw header. */
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>> & {
  /** The line's own name stands there. */
  readonly event?: never;
};

/** Structured logging: `event` is a stable name such as `webhook.accepted`, `fields` its facts. Never throws. */
export interface Log {
  write(level: LogLevel, event: string, fields: LogFields): void;
}

const maxValueLength = 256;

const isLong = (value: LogFields[string]): boolean =>
  typeof value === 'string' ? value.length > maxValueLength : Array.isArray(value) && value.some(isLong);

const hasLong = (fields: LogFields): boolean => {
  for (const name in fields) if (isLong(fields[name])) return true;
  return false;
};

const clip = (_key: string, value: unknown): unknown =>
  typeof value === 'string' && value.length > maxValueLength ? `${value.slice(0, maxValueLength)}…` : value;

/** One line of JSON, `event` first; long texts are cut at 256 characters, control characters arrive escaped. */
export const formatLogLine = (event: string, fields: LogFields): string => {
  const line = { event, ...fields };
  // Given a function, JSON.stringify takes four times as long.
  return hasLong(fields) ? JSON.stringify(line, clip) : JSON.stringify(line);
};

/** Where finished lines go; `InvocationContext` and `console` are both of this shape. */
export type LogSink = Readonly<Record<LogLevel, (line: string) => void>>;

/** A log whose lines belong to the running invocation, wherever in its calls they are written. */
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
