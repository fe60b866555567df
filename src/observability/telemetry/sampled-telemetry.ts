import type { Telemetry, TelemetryDependency } from './telemetry.js';

/** The last 56 bits of a trace id are random (W3C Trace Context, level 2); 32 of them decide. */
const isKept = ({ traceparent = '' }: TelemetryDependency, percent: number): boolean => {
  const random = Number.parseInt(traceparent.slice(27, 35), 16);
  return Number.isNaN(random) || random / 2 ** 32 < percent / 100;
};

/**
 * Keeps the dependencies of `percent` of all traces, whole traces at a time and the same ones on every instance. Events and metrics all
 * pass: a transition, a refusal or a webhook's outcome is never dropped.
 */
export const sampledTelemetry = (telemetry: Telemetry, percent: number): Telemetry => ({
  flush: () => telemetry.flush(),
  record(item) {
    if (item.kind !== 'dependency' || percent >= 100) return telemetry.record(item);
    if (isKept(item, percent)) telemetry.record({ ...item, keptPercent: percent });
  },
});
