import type { ReportPorts } from './reported-log.js';
import type { TelemetryDependency } from './telemetry.js';

/** What a call is known by in telemetry. */
export type CallIdentity = Pick<TelemetryDependency, 'name' | 'type' | 'target'>;

const codeOf = (fault: unknown): string =>
  typeof fault === 'object' && fault !== null && 'code' in fault && typeof fault.code === 'string'
    ? fault.code
    : 'unknown';

/** Makes one call of a dependency and tells telemetry how it ended, and of which request it was a part. */
export const reportedCall = async <R>(
  { telemetry, scope, clock }: ReportPorts,
  identity: CallIdentity,
  call: () => Promise<R>,
): Promise<R> => {
  const startedAtMs = clock.epochMs();
  const startedMs = clock.monotonicMs();
  const report = (ending: Pick<TelemetryDependency, 'success' | 'code'>): void => {
    const durationMs = clock.monotonicMs() - startedMs;
    const traceparent = scope.current()?.traceparent;
    telemetry.record({ kind: 'dependency', ...identity, startedAtMs, durationMs, traceparent, ...ending });
  };
  try {
    const result = await call();
    report({ success: true });
    return result;
  } catch (fault) {
    report({ success: false, code: codeOf(fault) });
    throw fault;
  }
};
