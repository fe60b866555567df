import type { Cause, EventOutcome, StoredBatch } from '../ingest/outcome.js';
import type { Log, LogFields, LogLevel } from '../observability/log/log.js';
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

/** Counts one event by its outcome. */
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

interface ToldWebhook extends AnsweredWebhook {
  readonly correlationId: string;
}

interface OutcomeContext {
  readonly told: ToldWebhook;
  readonly lastReason: LastReason;
}

/** Why the breaker of that name saw its last call fail. */
export type LastReason = (breaker: string) => string | undefined;

/** `blob-storage: unauthorized`; of a breaker that is open, with what opened it. */
const reasonsOf = (causes: readonly Cause[] | undefined, lastReason: LastReason): readonly string[] | undefined => {
  if (causes === undefined || causes.length === 0) return undefined;
  return causes.map(({ of, reason }) => {
    const before = reason === 'circuit-open' ? lastReason(of) : undefined;
    return `${of}: ${reason}${before === undefined ? '' : ` (${before})`}`;
  });
};

/** What is told of the request comes first: an object that begins with a copy takes a tenth as long to make as one that ends with it. */
const described = (
  outcome: EventOutcome,
  { told, lastReason }: OutcomeContext,
): { level: LogLevel; event: string; fields: LogFields } => {
  switch (outcome.kind) {
    case 'accepted':
    case 'deferred': {
      const { id, type, archived, routedTo, degraded, causes, duplicate, repeatedBody, secretVersion } = outcome;
      const reasons = reasonsOf(causes, lastReason);
      return {
        level: degraded.length > 0 || repeatedBody ? 'warn' : 'info',
        event: outcome.kind === 'deferred' ? 'webhook.deferred' : 'webhook.accepted',
        fields: { ...told, id, type, archived, routedTo, degraded, reasons, duplicate, repeatedBody, secretVersion },
      };
    }
    case 'handshake':
      return { level: 'info', event: 'webhook.handshake', fields: { ...told, secretVersion: outcome.secretVersion } };
    case 'rejected':
      return {
        level: 'warn',
        event: 'webhook.rejected',
        fields: { ...told, code: outcome.code, reason: outcome.reason, suspicious: outcome.suspicious },
      };
    case 'unavailable': {
      const { code, service, causes, retryAfterMs, archived, deferred, quarantine, event } = outcome;
      const reasons = reasonsOf(causes, lastReason);
      return {
        level: 'error',
        event: 'webhook.unavailable',
        fields: { ...told, ...event, code, service, reasons, retryAfterMs, archived, deferred, quarantine },
      };
    }
  }
};

/** The one structured line that each event leaves: failures are errors, degradation is a warning. */
export const logOutcome = (log: Log, outcome: EventOutcome, context: OutcomeContext): void => {
  const { level, event, fields } = described(outcome, context);
  log.write(level, event, fields);
};

/** The line that a batch leaves beside those of its events, when it was written down as a whole. */
export const logStored = (log: Log, { where, events, waiting }: StoredBatch, told: ToldWebhook): void => {
  const { provider, correlationId, bytes, durationMs } = told;
  log.write('info', 'webhook.batch-stored', { provider, correlationId, bytes, durationMs, where, events, waiting });
};
