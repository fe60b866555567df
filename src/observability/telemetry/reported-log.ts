import type { InvocationScope } from '../invocation-scope.js';
import type { InvocationLog } from '../log/invocation-log.js';
import type { LogFields } from '../log/log.js';
import type { Telemetry } from './telemetry.js';

export interface ReportPorts {
  readonly telemetry: Telemetry;
  readonly scope: InvocationScope;
  readonly clock: { epochMs(): number; monotonicMs(): number };
}

/** `archiveMs` and the like: how long the stages of the webhook took, the longest lap of each. */
const stageFields = (scope: InvocationScope): LogFields =>
  Object.fromEntries(
    [...(scope.current()?.stageMs ?? [])].map(([stage, ms]) => [`${stage}Ms`, Math.round(ms * 10) / 10]),
  );

/**
 * The same log, each of whose lines from level `info` up is also a telemetry event of the same name with the same facts; those of
 * webhooks say how long the stages took. So nothing is told to telemetry that may not stand in a log.
 */
export const reportedLog = (log: InvocationLog, { telemetry, scope, clock }: ReportPorts): InvocationLog => ({
  run: (sink, work) => log.run(sink, work),
  write(level, name, fields) {
    log.write(level, name, fields);
    if (level === 'debug') return;
    const all = name.startsWith('webhook.') ? { ...fields, ...stageFields(scope) } : fields;
    const traceparent = scope.current()?.traceparent;
    telemetry.record({ kind: 'event', name, fields: all, epochMs: clock.epochMs(), traceparent });
  },
});
