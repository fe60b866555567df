import type { CircuitState } from '../../circuit-breaker/circuit-state.js';
import { faultReasons } from '../../faults/fault-reason.js';

/** A breaker's states as label values. */
export const stateLabels = {
  Closed: 'closed',
  HalfOpen: 'half-open',
  Open: 'open',
} as const satisfies Readonly<Record<CircuitState, string>>;

/** A label whose values come from the configuration: provider names, breaker names, secret names. Never from a request. */
export const configured = 'configured';

/** The values a label can have: a fixed list, or names from the configuration. */
export type LabelValues = readonly string[] | typeof configured;

/** One metric family as Prometheus sees it. Durations are seconds, sizes bytes; counters end in `_total`. */
export interface MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: Readonly<Record<string, LabelValues>>;
  /** Upper bounds of a histogram's buckets, ascending; `+Inf` is added. */
  readonly buckets?: readonly number[];
  /** Its series appear with their first count, unless somebody counts 0: there would be too many that nothing ever happens to. */
  readonly undeclared?: true;
}

const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 7.5, 10] as const;

const recoveryBuckets = [10, 30, 60, 120, 300, 600, 1_800, 3_600, 21_600, 86_400] as const;

/** 196608 is the default limit for a payload inside a message, 26214400 the largest payload that is taken. */
const sizeBuckets = [1_024, 4_096, 16_384, 65_536, 196_608, 1_048_576, 4_194_304, 26_214_400] as const;

/** Every metric there is: one table, checked against `docs/metrics.md` by a test. */
export const metricCatalogue = {
  breakwater_build_info: {
    type: 'gauge',
    help: 'Always 1; the version that runs.',
    labels: { version: configured },
  },
  breakwater_webhooks_total: {
    type: 'counter',
    help: 'Webhooks answered, by what became of them.',
    labels: {
      provider: configured,
      outcome: ['accepted', 'degraded', 'deferred', 'handshake', 'rejected', 'unavailable'],
    },
  },
  breakwater_webhook_problems_total: {
    type: 'counter',
    help: 'Webhooks answered with an error, by the code of its problem document.',
    labels: { code: configured },
  },
  breakwater_webhook_repeated_bodies_total: {
    type: 'counter',
    help: 'Genuine bodies that came again under another id or event name, and were kept but given to no bot.',
    labels: { provider: configured },
  },
  breakwater_webhook_authentication_failures_total: {
    type: 'counter',
    help: 'Webhooks whose signature was missing, malformed, stale or wrong, or good but from a source that is not allowed.',
    labels: { provider: configured, reason: ['signature', 'source'] },
  },
  breakwater_webhook_duration_seconds: {
    type: 'histogram',
    help: 'Time from the start of a webhook request to its answer.',
    labels: { provider: configured },
    buckets: durationBuckets,
  },
  breakwater_webhook_stage_duration_seconds: {
    type: 'histogram',
    help: 'Time that one stage of a webhook took; archive and route run side by side, route once for each queue.',
    labels: { stage: ['read', 'authenticate', 'normalize', 'archive', 'route'] },
    buckets: durationBuckets,
  },
  breakwater_webhook_payload_bytes: {
    type: 'histogram',
    help: 'Size of the bodies of webhooks.',
    labels: { provider: configured },
    buckets: sizeBuckets,
  },
  breakwater_never_routed_total: {
    type: 'counter',
    help: 'Archived events whose instance was killed before it had routed them, and which the timer then put into the outbox.',
    labels: { provider: configured },
  },
  breakwater_archive_conflicts_total: {
    type: 'counter',
    help: 'Payloads whose id came earlier with other bytes, as far as is known; both are kept and delivered.',
    labels: { provider: configured },
  },
  breakwater_circuit_breaker_state: {
    type: 'gauge',
    help: 'Whether the breaker is in this state: 1 for exactly one of them.',
    labels: { breaker: configured, state: ['closed', 'half-open', 'open'] },
  },
  breakwater_circuit_breaker_calls_total: {
    type: 'counter',
    help: 'Calls through the breaker, by how they ended; rejected ones never reached the dependency.',
    labels: { breaker: configured, outcome: ['success', 'failure', 'timeout', 'ignored', 'rejected'] },
  },
  breakwater_dependency_failures_total: {
    type: 'counter',
    help: 'Calls that failed because of their dependency or queue, by reason.',
    labels: { breaker: configured, reason: faultReasons },
    undeclared: true,
  },
  breakwater_circuit_breaker_call_duration_seconds: {
    type: 'histogram',
    help: 'Time that calls took, rejected ones left out.',
    labels: { breaker: configured },
    buckets: durationBuckets,
  },
  breakwater_circuit_breaker_calls_running: {
    type: 'gauge',
    help: 'Calls that are waiting for the dependency now.',
    labels: { breaker: configured },
  },
  breakwater_circuit_breaker_consecutive_failures: {
    type: 'gauge',
    help: 'Length of the present run of failures.',
    labels: { breaker: configured },
  },
  breakwater_circuit_breaker_transitions_total: {
    type: 'counter',
    help: 'Changes of state, by the new state.',
    labels: { breaker: configured, to: ['closed', 'half-open', 'open'] },
  },
  breakwater_circuit_breaker_recovery_seconds: {
    type: 'histogram',
    help: 'Time from the first opening of a breaker until probes had closed it.',
    labels: { breaker: configured },
    buckets: recoveryBuckets,
    undeclared: true,
  },
  breakwater_circuit_breaker_fallbacks_total: {
    type: 'counter',
    help: 'Fallbacks that calls through the breaker took, by whether they gave a value.',
    labels: { breaker: configured, outcome: ['served', 'failed'] },
    undeclared: true,
  },
  breakwater_last_resort_calls_total: {
    type: 'counter',
    help: 'Tries that the gate of the last resort beside this breaker let through, and callers that it sent away without one.',
    labels: { breaker: configured, outcome: ['passed', 'refused'] },
    undeclared: true,
  },
  breakwater_last_resort_working: {
    type: 'gauge',
    help: 'Whether many pass the gate of the last resort at once: 1, or 0 while it lets one through at a time.',
    labels: { breaker: configured },
  },
  breakwater_last_resort_waiting: {
    type: 'gauge',
    help: 'Callers that wait for their turn at the gate of the last resort now.',
    labels: { breaker: configured },
  },
  breakwater_secret_lookups_total: {
    type: 'counter',
    help: 'Look-ups of secrets in the cache: served fresh, served stale or from the setting while Key Vault fails, known missing, or not available.',
    labels: { secret: configured, outcome: ['fresh', 'stale', 'fallback', 'missing', 'unavailable'] },
  },
  breakwater_secret_verifications_total: {
    type: 'counter',
    help: 'Deliveries that verified, by the version of the secret: an older one is safe to disable once it is not counted any more.',
    labels: { provider: configured, version: ['newest', 'older'] },
  },
  breakwater_secret_cached: {
    type: 'gauge',
    help: 'Whether the secret could be served if Key Vault failed now: 1 or 0.',
    labels: { secret: configured },
  },
  breakwater_quarantine_deliveries_total: {
    type: 'counter',
    help: 'Deliveries that could not be verified when they came: written down or not, and what became of them later.',
    labels: { provider: configured, outcome: ['written', 'full', 'failed', 'released', 'refused', 'put-aside'] },
  },
  breakwater_waiting: {
    type: 'gauge',
    help: 'How much waits there, for all instances together; NaN when it cannot be counted now; 5000 means 5000 or more (100 for the backlog and batches; bursts: of the first 100 events).',
    labels: { store: ['outbox', 'dead-letters', 'quarantine', 'batches', 'bursts', 'archive-backlog'] },
  },
  breakwater_waiting_oldest_seconds: {
    type: 'gauge',
    help: 'How long the oldest has waited, for bursts since it ended; NaN when that is not known.',
    labels: { store: ['outbox', 'dead-letters', 'quarantine', 'batches', 'bursts'] },
  },
  breakwater_waiting_copies: {
    type: 'gauge',
    help: 'Copies that a bot is owed, or that were given up.',
    labels: { bot: configured, store: ['outbox', 'dead-letters'] },
  },
  breakwater_timer_last_run_timestamp_seconds: {
    type: 'gauge',
    help: 'When the outbox timer last ended a run, on any instance, in Unix time; NaN when that is not known.',
    labels: {},
  },
  breakwater_outbox_unwritten_total: {
    type: 'counter',
    help: 'Outbox records that storage refused to change after their copies were tried, by what was refused.',
    labels: { write: ['remember', 'remove', 'update', 'dead-letter'] },
  },
  breakwater_missed_deliveries_total: {
    type: 'counter',
    help: 'Deliveries that failed at GitHub, by what each run decided: asked for again, kept here all the same, or asked for too often already.',
    labels: { verdict: ['asked', 'kept', 'waiting', 'refused', 'given-up'] },
  },
  breakwater_operator_commands_total: {
    type: 'counter',
    help: 'Commands of operators, by what became of them.',
    labels: {
      command: configured,
      outcome: ['done', 'unauthorized', 'invalid', 'unknown', 'unavailable', 'failed'],
    },
  },
  breakwater_internal_errors_total: {
    type: 'counter',
    help: 'Requests that ended in a bare 500: a bug.',
    labels: {},
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof metricCatalogue;

type NamesOf<Type extends MetricDefinition['type']> = {
  readonly [Name in MetricName]: (typeof metricCatalogue)[Name]['type'] extends Type ? Name : never;
}[MetricName];

export type CounterName = NamesOf<'counter'>;
export type GaugeName = NamesOf<'gauge'>;
export type HistogramName = NamesOf<'histogram'>;

type ValueOf<Values> = Values extends readonly string[] ? Values[number] : string;

/** The labels that a series of this metric must have, all of them. */
export type LabelsOf<Name extends MetricName> = {
  readonly [Label in keyof (typeof metricCatalogue)[Name]['labels']]: ValueOf<
    (typeof metricCatalogue)[Name]['labels'][Label]
  >;
};
