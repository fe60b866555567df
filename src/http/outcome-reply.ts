import type { HttpResponseInit } from '@azure/functions';
import type { Accepted, BatchOutcome, EventOutcome, IngestOutcome, Rejected, Unavailable } from '../ingest/outcome.js';
import type { ExactReply, Provider } from '../providers/provider.js';
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

const isUnavailable = (outcome: EventOutcome): outcome is Unavailable => outcome.kind === 'unavailable';

/** The longest wait of those that are needed: the sender repeats the whole batch. */
const longestWait = (outcomes: readonly EventOutcome[]): Unavailable | undefined =>
  outcomes.filter(isUnavailable).sort((one, other) => other.retryAfterMs - one.retryAfterMs)[0];

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
