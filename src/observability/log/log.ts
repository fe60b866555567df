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
