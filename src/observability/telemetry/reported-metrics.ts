import type { InvocationScope } from '../invocation-scope.js';
import type { CounterName, HistogramName, LabelsOf } from '../metrics/metric-catalogue.js';
import type { Metrics } from '../metrics/metrics.js';
import type { Stage } from '../metrics/stage-laps.js';
import type { Telemetry } from './telemetry.js';

type State = LabelsOf<'breakwater_circuit_breaker_transitions_total'>['to'];

/** A breaker's state as a number that can be drawn: the higher, the worse. */
export const stateValues = { closed: 0, 'half-open': 1, open: 2 } as const satisfies Readonly<Record<State, number>>;

/** Tells telemetry a breaker's state. */
export const reportState = (telemetry: Telemetry, breaker: string, state: State): void =>
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
    const stageMs = scope.current()?.stageMs;
    stageMs?.set(stage, Math.max(stageMs.get(stage) ?? 0, value * 1000));
    telemetry.record({ kind: 'metric', name: stageDuration, value, dimensions: { stage } });
  },
});
