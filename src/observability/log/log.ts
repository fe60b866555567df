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

/** What is known of the running invocation, available anywhere in its calls. */
export interface Invocation {
  /** W3C trace context: the caller's trace, under the span of this request. Absent for a timer that the host gave none. */
  readonly traceparent: string | undefined;
  /** Identifies its reply and all its log lines. */
  readonly correlationId: string;
  /** The longest lap of each stage so far, in milliseconds. */
  stageMs?: Map<string, number>;
}

/** A log whose lines belong to the running invocation, wherever in its calls they are written. */
export interface InvocationLog extends Log {
  /** Runs `work`; what it logs, and what its calls log until it has ended, goes to `sink`. */
  run<R>(sink: LogSink, work: () => R, invocation?: Invocation): R;
  /** What the running work was given; it is remembered together with the sink, for remembering takes time. */
  current(): Invocation | undefined;
}

interface Running {
  readonly sink: LogSink;
  readonly invocation: Invocation | undefined;
  hasEnded: boolean;
}

/**
 * `outside` takes the lines that no invocation runs for: start and stop, and what work in the background says after the invocation
 * that began it. The host drops what an invocation says after its end. It shows no level of such lines, so they say it themselves.
 */
export const createInvocationLog = (outside: LogSink): InvocationLog => {
  const running = new AsyncLocalStorage<Running>();
  return {
    current: () => running.getStore()?.invocation,
    run(sink, work, invocation) {
      const begun: Running = { sink, invocation, hasEnded: false };
      const end = (): void => {
        begun.hasEnded = true;
      };
      const result = running.run(begun, work);
      void Promise.resolve(result).then(end, end);
      return result;
    },
    write(level, event, fields) {
      const begun = running.getStore();
      if (begun !== undefined && !begun.hasEnded) begun.sink[level](formatLogLine(event, fields));
      else outside[level](formatLogLine(event, { ...fields, level }));
    },
  };
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
