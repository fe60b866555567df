import type {
  Telemetry,
  TelemetryDependency,
  TelemetryEvent,
  TelemetryItem,
  TelemetryMetric,
} from '../../../src/observability/telemetry/telemetry.js';

/** Telemetry that only remembers. */
export interface MemoryTelemetry extends Telemetry {
  readonly items: readonly TelemetryItem[];
  events(): readonly TelemetryEvent[];
  metrics(): readonly TelemetryMetric[];
  dependencies(): readonly TelemetryDependency[];
}

export const createMemoryTelemetry = (): MemoryTelemetry => {
  const items: TelemetryItem[] = [];
  return {
    items,
    record: (item) => void items.push(item),
    flush: async () => {},
    events: () => items.filter((item) => item.kind === 'event'),
    metrics: () => items.filter((item) => item.kind === 'metric'),
    dependencies: () => items.filter((item) => item.kind === 'dependency'),
  };
};
