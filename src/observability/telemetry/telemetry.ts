import type { LogFields } from '../log/log.js';

/** Something that happened, by the name and the facts of its log line. Never sampled. */
export interface TelemetryEvent {
  readonly kind: 'event';
  readonly name: string;
  readonly fields: LogFields;
  readonly epochMs: number;
  /** W3C trace context of the invocation that it belongs to. */
  readonly traceparent: string | undefined;
}

/** One measured value. Dimensions come from the configuration or are fixed. */
export interface TelemetryMetric {
  readonly kind: 'metric';
  readonly name: string;
  readonly value: number;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** One call of a dependency, a child of the request that made it. */
export interface TelemetryDependency {
  readonly kind: 'dependency';
  readonly name: string;
  /** What it is in the application map, such as `Azure Service Bus`. */
  readonly type: string;
  readonly target: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly success: boolean;
  /** The code of the error that the call ended with. */
  readonly code?: string;
  readonly traceparent: string | undefined;
  /** Share of its like, in percent, that is kept; absent: all. */
  readonly keptPercent?: number;
}

export type TelemetryItem = TelemetryEvent | TelemetryMetric | TelemetryDependency;

/** The telemetry port. `record` is cheap and never throws; what it holds is short and flat, never a payload or a secret. */
export interface Telemetry {
  record(item: TelemetryItem): void;
  /** Sends what has been recorded; ends in bounded time and never rejects. */
  flush(): Promise<void>;
}
