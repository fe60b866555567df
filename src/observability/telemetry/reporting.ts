import type { CircuitBreakerSnapshot } from '../../circuit-breaker/circuit-breaker-snapshot.js';
import type { Clock } from '../../time/clock.js';
import type { InvocationLog, InvocationScope, LogFields } from '../log/log.js';
import { type CounterName, type HistogramName, type LabelsOf, stateLabels } from '../metrics/metric-catalogue.js';
import type { Metrics } from '../metrics/metrics.js';
import type { Stage } from '../metrics/metrics-store.js';
import type { Telemetry, TelemetryDependency } from './telemetry.js';

interface ReportPorts {
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
 * The same log, where each line from level `info` up is also a telemetry event with the same name and facts; those of
 * webhooks say how long the stages took. So telemetry gets nothing that must not be in a log.
 */
export const reportedLog = (log: InvocationLog, { telemetry, scope, clock }: ReportPorts): InvocationLog => ({
  ...log,
  write(level, name, fields) {
    log.write(level, name, fields);
    if (level === 'debug') return;
    const all = name.startsWith('webhook.') ? { ...fields, ...stageFields(scope) } : fields;
    const traceparent = scope.current()?.traceparent;
    telemetry.record({ kind: 'event', name, fields: all, epochMs: clock.epochMs(), traceparent });
  },
});

type State = LabelsOf<'breakwater_circuit_breaker_transitions_total'>['to'];

/** A breaker's state as a number that can be drawn: the higher, the worse. */
export const stateValues = { closed: 0, 'half-open': 1, open: 2 } as const satisfies Readonly<Record<State, number>>;

/** Reports a breaker's state to telemetry. */
const reportState = (telemetry: Telemetry, breaker: string, state: State): void =>
  telemetry.record({
    kind: 'metric',
    name: 'breakwater_circuit_breaker_state',
    value: stateValues[state],
    dimensions: { breaker },
  });

const stages: ReadonlySet<string> = new Set<Stage>(['read', 'authenticate', 'normalize', 'archive', 'route']);
const isStage = (text: string | undefined): text is Stage => text !== undefined && stages.has(text);
const isState = (text: string | undefined): text is State => text !== undefined && Object.hasOwn(stateValues, text);

const stageDuration = 'breakwater_webhook_stage_duration_seconds' satisfies HistogramName;
const transitions = 'breakwater_circuit_breaker_transitions_total' satisfies CounterName;

/**
 * The same metrics, of which telemetry gets two: how long stages took, and the state that a breaker changed to. The stages are
 * remembered for the event of the webhook that is running.
 */
export const reportedMetrics = (
  metrics: Metrics,
  { telemetry, scope }: { readonly telemetry: Telemetry; readonly scope: InvocationScope },
): Metrics => ({
  count(name, labels, by) {
    metrics.count(name, labels, by);
    const { breaker, to }: Readonly<Record<string, string>> = labels;
    if (name === transitions && breaker !== undefined && isState(to)) reportState(telemetry, breaker, to);
  },
  observe(name, labels, value) {
    metrics.observe(name, labels, value);
    const { stage }: Readonly<Record<string, string>> = labels;
    if (name !== stageDuration || !isStage(stage)) return;
    const invocation = scope.current();
    if (invocation !== undefined) {
      invocation.stageMs ??= new Map();
      invocation.stageMs.set(stage, Math.max(invocation.stageMs.get(stage) ?? 0, value * 1000));
    }
    telemetry.record({ kind: 'metric', name: stageDuration, value, dimensions: { stage } });
  },
});

/** Identifies a call in telemetry. */
export type CallIdentity = Pick<TelemetryDependency, 'name' | 'type' | 'target'>;

const codeOf = (fault: unknown): string =>
  typeof fault === 'object' && fault !== null && 'code' in fault && typeof fault.code === 'string'
    ? fault.code
    : 'unknown';

/** Reports to telemetry how a call of a dependency that starts now ends, and which request it belongs to. Returns what the call returns. */
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

export interface ReportStatesPorts {
  readonly breakers: () => readonly { snapshot(): CircuitBreakerSnapshot }[];
  readonly telemetry: Telemetry;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

const intervalMs = 60_000;

/** Reports the state of every breaker to telemetry, at most once a minute however often it is called. */
export const createReportStates = ({ breakers, telemetry, clock }: ReportStatesPorts): (() => void) => {
  let reportedMs: number | undefined;
  return () => {
    const nowMs = clock.monotonicMs();
    if (reportedMs !== undefined && nowMs - reportedMs < intervalMs) return;
    reportedMs = nowMs;
    for (const { name, state } of breakers().map((breaker) => breaker.snapshot())) {
      reportState(telemetry, name, stateLabels[state]);
    }
  };
};
