import type { HttpResponseInit } from '@azure/functions';
import type { Accepted, IngestOutcome, Rejected, Unavailable } from '../ingest/outcome.js';
import type { Provider } from '../providers/provider.js';
import { problem } from './problems.js';

const unavailableDetail = {
  CircuitBreakerOpen: 'The circuit breaker of a dependency is open. Send the same request again later.',
  QueueingFailed: 'The event could not be queued for every bot. Send the same request again later.',
  SecretUnavailable: 'The signing secret cannot be read now. Send the same request again later.',
  PayloadNotStorable: 'No durable copy could be made. Send the same request again later.',
} as const;

const acceptedReply = (outcome: Accepted, provider: Provider, correlationId: string): HttpResponseInit => {
  if (provider.acceptedStatus === 204) return { status: 204 };
  const { kind, id, type, archived, routedTo, degraded, duplicate } = outcome;
  return {
    status: provider.acceptedStatus,
    jsonBody: { id, type, status: kind, archived, routedTo, degraded, duplicate, correlationId },
  };
};

/** No correlation id in the body: every failed authentication gets the very same bytes, so a prober learns nothing. */
const rejectedReply = ({ code, detail }: Rejected, correlationId: string): HttpResponseInit =>
  problem(code, code === 'SignatureInvalid' ? { detail } : { detail, correlationId });

const unavailableReply = (outcome: Unavailable, correlationId: string): HttpResponseInit =>
  problem(outcome.code, {
    detail: unavailableDetail[outcome.code],
    service: outcome.service,
    retryAfterMs: outcome.retryAfterMs,
    correlationId,
    ...(outcome.event && { id: outcome.event.id }),
    ...(outcome.archived !== undefined && { archived: outcome.archived }),
    ...(outcome.deferred && { deferred: outcome.deferred }),
  });

/** Maps what became of a delivery to the reply its sender gets. */
export const outcomeReply = (outcome: IngestOutcome, provider: Provider, correlationId: string): HttpResponseInit => {
  switch (outcome.kind) {
    case 'accepted':
    case 'deferred':
      return acceptedReply(outcome, provider, correlationId);
    case 'rejected':
      return rejectedReply(outcome, correlationId);
    case 'unavailable':
      return unavailableReply(outcome, correlationId);
  }
};
