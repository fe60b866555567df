import type { HttpResponseInit } from '@azure/functions';
import type {
  Accepted,
  BatchOutcome,
  Cause,
  EventOutcome,
  IngestOutcome,
  Rejected,
  StoredBatch,
  Unavailable,
} from '../ingest/outcome.js';
import type { Log, LogFields, LogLevel } from '../observability/log/log.js';
import type { LabelsOf } from '../observability/metrics/metric-catalogue.js';
import type { Metrics } from '../observability/metrics/metrics.js';
import type { ExactReply, Provider } from '../providers/provider.js';
import type { ProblemCode } from './problems.js';
import { problem } from './problems.js';

const unavailableDetail = {
  CircuitBreakerOpen: 'The circuit breaker of a dependency is open. Send the same request again later.',
  QueueingFailed: 'The event could not be queued for every bot. Send the same request again later.',
  SecretUnavailable: 'The signing secret cannot be read now. Send the same request again later.',
  PayloadNotStorable: 'No durable copy could be made. Send the same request again later.',
} as const;

const quarantinedDetail =
  'The signing secret cannot be read now. The request is kept unverified, to be verified once it can. Sending it again later is harmless.';

const isQuarantined = ({ quarantine }: Unavailable): boolean =>
  quarantine === 'blob-storage' || quarantine === 'service-bus';

const eventSummary = ({ kind, id, type, archived, routedTo, degraded, duplicate }: Accepted) => ({
  id,
  type,
  status: kind,
  archived,
  routedTo,
  degraded,
  duplicate,
});

/** A challenge may echo the sender's own text: no browser shall take it for anything but what it says it is. */
const exactReply = ({ status, contentType, body }: ExactReply): HttpResponseInit => ({
  status,
  headers: {
    'x-content-type-options': 'nosniff',
    ...(contentType !== undefined && { 'content-type': contentType }),
  },
  ...(body !== '' && { body }),
});

const acceptedReply = (outcome: Accepted, provider: Provider, correlationId: string): HttpResponseInit => {
  if (outcome.reply !== undefined) return exactReply(outcome.reply);
  if (provider.acceptedStatus === 204) return { status: 204 };
  return { status: provider.acceptedStatus, jsonBody: { ...eventSummary(outcome), correlationId } };
};

/** No correlation id in the body: every failed authentication gets the same bytes, so a prober learns nothing. */
const rejectedReply = ({ code, detail, retryAfterMs }: Rejected, correlationId: string): HttpResponseInit =>
  problem(code, {
    detail,
    ...(code !== 'SignatureInvalid' && { correlationId }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });

const unavailableReply = (outcome: Unavailable, correlationId: string): HttpResponseInit =>
  problem(outcome.code, {
    detail: isQuarantined(outcome) ? quarantinedDetail : unavailableDetail[outcome.code],
    service: outcome.service,
    retryAfterMs: outcome.retryAfterMs,
    correlationId,
    ...(outcome.event && { id: outcome.event.id }),
    ...(outcome.archived !== undefined && { archived: outcome.archived }),
    ...(outcome.deferred && { deferred: outcome.deferred }),
    ...(isQuarantined(outcome) && { quarantined: true }),
  });

/** The longest wait of those that are needed: the sender repeats the whole batch. */
const longestWait = (outcomes: readonly EventOutcome[]): Unavailable | undefined =>
  outcomes
    .filter((outcome) => outcome.kind === 'unavailable')
    .sort((one, other) => other.retryAfterMs - one.retryAfterMs)[0];

/** A batch is accepted only when every one of its events is; one that is stored as a whole, whatever became of them so far. */
const batchReply = (batch: BatchOutcome, provider: Provider, correlationId: string): HttpResponseInit => {
  const { outcomes, stored } = batch;
  const unavailable = stored === undefined ? longestWait(outcomes) : undefined;
  const refused = unavailable ?? outcomes.find(({ kind }) => kind === 'rejected' || kind === 'handshake');
  if (refused !== undefined) return outcomeReply(refused, provider, correlationId);
  if (provider.acceptedStatus === 204) return { status: 204 };
  if (stored !== undefined) {
    const { events, waiting } = stored;
    const status = waiting > 0 ? 'deferred' : 'accepted';
    return { status: provider.acceptedStatus, jsonBody: { status, batch: { events, waiting }, correlationId } };
  }
  const events = outcomes.flatMap((outcome) => ('routedTo' in outcome ? [eventSummary(outcome)] : []));
  return { status: provider.acceptedStatus, jsonBody: { status: 'accepted', events, correlationId } };
};

/** Maps what became of a delivery to the reply its sender gets. */
export const outcomeReply = (outcome: IngestOutcome, provider: Provider, correlationId: string): HttpResponseInit => {
  switch (outcome.kind) {
    case 'handshake':
      return exactReply(outcome.reply);
    case 'batch':
      return batchReply(outcome, provider, correlationId);
    case 'accepted':
    case 'deferred':
      return acceptedReply(outcome, provider, correlationId);
    case 'rejected':
      return rejectedReply(outcome, correlationId);
    case 'unavailable':
      return unavailableReply(outcome, correlationId);
  }
};

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
