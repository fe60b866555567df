/** What one instance wrote down on one day. */
export interface LogPart {
  readonly name: string;
  readonly day: string;
  readonly size: number;
}

/** Where instances tell each other which bodies they accepted: a part for each instance and day, which only grows. */
export interface BodyLog {
  /** Adds to this instance's part of that day. */
  append(day: string, bytes: Buffer, signal: AbortSignal): Promise<void>;
  /** The parts of all other instances for these days. */
  list(days: readonly string[], signal: AbortSignal): Promise<readonly LogPart[]>;
  /** What a part holds from `from` on; empty when it is gone. */
  read(name: string, from: number, signal: AbortSignal): Promise<Buffer>;
}
