import type { ReportPorts } from './reported-log.js';
import type { TelemetryDependency } from './telemetry.js';

/** What a call is known by in telemetry. */
export type CallIdentity = Pick<TelemetryDependency, 'name' | 'type' | 'target'>;

const codeOf = (fault: unknown): string =>
  typeof fault === 'object' && fault !== null && 'code' in fault && typeof fault.code === 'string'
    ? fault.code
    : 'unknown';

/** Tells telemetry how a call of a dependency that begins now ends, and of which request it was a part. Answers as the call does. */
export const reportedCall = async <R>(
  { telemetry, scope, clock }: ReportPorts,
  identity: CallIdentity,
  call: Promise<R>,
): Promise<R> => {
  const startedAtMs = clock.epochMs();
  const startedMs = clock.monotonicMs();
  const report = (ending: Pick<TelemetryDependency, 'success' | 'code'>): void => {
    const durationMs = clock.monotonicMs() - startedMs;
    const traceparent = scope.current()?.traceparent;
    telemetry.record({ kind: 'dependency', ...identity, startedAtMs, durationMs, traceparent, ...ending });
  };
  try {
    const result = await call;
    report({ success: true });
    return result;
  } catch (fault) {
    report({ success: false, code: codeOf(fault) });
    throw fault;
  }
};
