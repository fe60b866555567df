import type { EventOutcome } from '../ingest/outcome.js';
import type { LabelsOf } from '../observability/metrics/metric-catalogue.js';
import type { Metrics } from '../observability/metrics/metrics.js';
import type { ProblemCode } from './problems.js';

export interface AnsweredWebhook {
  readonly provider: string;
  readonly bytes: number;
  readonly durationMs: number;
}

const outcomeLabel = (outcome: EventOutcome): LabelsOf<'breakwater_webhooks_total'>['outcome'] =>
  outcome.kind === 'accepted' && outcome.degraded.length > 0 ? 'degraded' : outcome.kind;

const quarantineLabels = {
  'blob-storage': 'written',
  'service-bus': 'written',
  full: 'full',
  failed: 'failed',
} as const;

/** Measures one delivery that was answered: its size, and how long it took. */
export const measureDelivery = (metrics: Metrics, { provider, bytes, durationMs }: AnsweredWebhook): void => {
  metrics.observe('breakwater_webhook_duration_seconds', { provider }, durationMs / 1000);
  metrics.observe('breakwater_webhook_payload_bytes', { provider }, bytes);
};

/** Counts one event by what became of it. */
export const countOutcome = (metrics: Metrics, outcome: EventOutcome, provider: string): void => {
  metrics.count('breakwater_webhooks_total', { provider, outcome: outcomeLabel(outcome) });
  if ('repeatedBody' in outcome) metrics.count('breakwater_webhook_repeated_bodies_total', { provider });
  if (!('code' in outcome)) return;
  if (outcome.kind === 'unavailable' && outcome.quarantine !== undefined) {
    const label = quarantineLabels[outcome.quarantine];
    metrics.count('breakwater_quarantine_deliveries_total', { provider, outcome: label });
  }
  metrics.count('breakwater_webhook_problems_total', { code: outcome.code });
  if (outcome.kind === 'rejected' && outcome.reason !== undefined) {
    metrics.count('breakwater_webhook_authentication_failures_total', { provider, reason: outcome.reason });
  }
};

/** Counts a request that was refused before its body was trusted. `provider` is a configured one, or `unknown`. */
export const countRefusal = (metrics: Metrics, code: ProblemCode, provider: string): void => {
  metrics.count('breakwater_webhooks_total', { provider, outcome: 'rejected' });
  metrics.count('breakwater_webhook_problems_total', { code });
};
