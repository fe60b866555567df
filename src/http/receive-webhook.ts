import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { continueTraceState } from '../envelope/event-identity.js';
import { tooManyFailures } from '../ingest/authenticate.js';
import type { AuthenticationFailures } from '../ingest/authentication-failures.js';
import type { Ingest } from '../ingest/ingest.js';
import type { IngestOutcome, Rejected } from '../ingest/outcome.js';
import type { Log } from '../observability/log/log.js';
import type { Metrics } from '../observability/metrics/metrics.js';
import type { StartLaps } from '../observability/metrics/metrics-store.js';
import type { Presence } from '../presence/presence.js';
import type { Provider } from '../providers/provider.js';
import { clientAddress } from '../source-ranges/allowed-sources.js';
import type { Clock } from '../time/clock.js';
import {
  type BodyRoom,
  type BytesInFlight,
  bodyBytes,
  isAcceptedContent,
  noRoom,
  readBody,
  smallBytes,
} from './arriving-body.js';
import { problem } from './problems.js';
import {
  type AnsweredWebhook,
  countOutcome,
  countRefusal,
  type LastReason,
  logOutcome,
  logStored,
  measureDelivery,
  outcomeReply,
} from './tell-outcome.js';

export interface ReceiveWebhookPorts {
  readonly ingest: Ingest;
  readonly findProvider: (name: string) => Provider | undefined;
  readonly maxPayloadBytes: number;
  readonly bytesInFlight: BytesInFlight;
  readonly failures: Pick<AuthenticationFailures, 'heldUpMs'>;
  /** Whether deliveries of this provider can be verified without waiting for the vault. */
  readonly isSecretKnown: (provider: string) => boolean;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly log: Log;
  readonly lastReason: LastReason;
  readonly metrics: Metrics;
  readonly startLaps: StartLaps;
  /** Told of each delivery when it begins, when all of it is settled, and when something of it is left. Absent: nobody is told. */
  readonly presence: Pick<Presence, 'begin' | 'leaves'> | undefined;
  /** W3C trace context of the request that is running. */
  readonly traceparent: () => string;
}

export type HttpHandler = (request: HttpRequest, context: InvocationContext) => Promise<HttpResponseInit>;

const withCorrelationId = (reply: HttpResponseInit, correlationId: string): HttpResponseInit => ({
  ...reply,
  headers: { ...reply.headers, 'x-correlation-id': correlationId },
});

/** A delivery whose body has not been looked at. */
interface Arrival {
  readonly request: HttpRequest;
  readonly provider: Provider;
  readonly client: string | undefined;
  /** What is not genuine is held up for so long; `undefined`: not at all. */
  readonly heldUpMs: number | undefined;
  readonly correlationId: string;
  readonly startedMs: number;
  readonly receivedAt: Date;
}

type RefusalCode = 'UnknownProvider' | 'UnsupportedContent' | 'LengthRequired' | 'PayloadTooLarge' | 'Overloaded';

interface Refusal {
  readonly provider: string;
  readonly correlationId: string;
  readonly code: RefusalCode;
  readonly detail: string;
  readonly retryAfterMs?: number;
}

/** A request that is refused before its body is trusted. */
const refuse = ({ log, metrics }: ReceiveWebhookPorts, { provider, ...refusal }: Refusal): HttpResponseInit => {
  const { code, correlationId } = refusal;
  log.write('warn', 'webhook.refused', { provider, correlationId, code });
  countRefusal(metrics, code, provider);
  const { code: _code, ...details } = refusal;
  return problem(code, details);
};

/** Tells the log and the metrics what became of a delivery, and its sender. */
const answer = (
  { log, metrics, lastReason }: ReceiveWebhookPorts,
  { provider, correlationId }: Arrival,
  { outcome, answered }: { readonly outcome: IngestOutcome; readonly answered: AnsweredWebhook },
): HttpResponseInit => {
  measureDelivery(metrics, answered);
  const { bytes, durationMs } = answered;
  const told = { provider: provider.name, correlationId, bytes, durationMs };
  for (const each of outcome.kind === 'batch' ? outcome.outcomes : [outcome]) {
    logOutcome(log, each, { told, lastReason });
    countOutcome(metrics, each, provider.name);
  }
  if (outcome.kind === 'batch' && outcome.stored !== undefined) logStored(log, outcome.stored, told);
  return outcomeReply(outcome, provider, correlationId);
};

/** What a delivery from an address that is held up is told, when its headers alone show that it is not genuine. */
const hopeless = ({ request, provider, receivedAt, heldUpMs }: Arrival): Rejected | undefined => {
  if (heldUpMs === undefined || provider.probesSignatures) return undefined;
  const { headers, query } = request;
  return provider.mayVerify({ headers, query, receivedAt }) ? undefined : tooManyFailures('signature', heldUpMs);
};

/** Archived, and its sender told to send it again, which not every sender does. */
const isLeft = (outcome: IngestOutcome): boolean =>
  outcome.kind === 'batch'
    ? outcome.outcomes.some(isLeft)
    : outcome.kind === 'unavailable' && outcome.archived === true && outcome.deferred !== true;

const take = async (ports: ReceiveWebhookPorts, arrival: Arrival, { hold }: BodyRoom): Promise<HttpResponseInit> => {
  const { request, provider, client, correlationId, startedMs, receivedAt } = arrival;
  const lap = ports.startLaps();
  const begun = readBody(request, ports.maxPayloadBytes);
  const reading = begun instanceof Promise ? await begun : begun;
  lap('read');
  if (reading.kind === 'too-large') {
    const detail = `The body is above ${ports.maxPayloadBytes} bytes.`;
    return refuse(ports, { provider: provider.name, correlationId, code: 'PayloadTooLarge', detail });
  }
  const { body } = reading;
  if (body.length === 0 && request.headers.get('transfer-encoding') !== null) {
    const detail = 'No body came. The host hands none on that is sent in chunks: send it with a Content-Length.';
    return refuse(ports, { provider: provider.name, correlationId, code: 'LengthRequired', detail });
  }
  const { headers } = request;
  const outcome = await ports.ingest({
    provider,
    delivery: { headers, query: request.query, body, receivedAt },
    clientAddress: client,
    correlationId,
    traceparent: ports.traceparent(),
    tracestate: continueTraceState({
      traceparent: headers.get('traceparent'),
      tracestate: headers.get('tracestate'),
    }),
    hold,
  });
  if (isLeft(outcome)) ports.presence?.leaves({ receivedAt });
  const durationMs = Math.round(ports.clock.monotonicMs() - startedMs);
  return answer(ports, arrival, { outcome, answered: { provider: provider.name, bytes: body.length, durationMs } });
};

/**
 * No more bytes than there is room for are held while their deliveries are verified and stored. A call that goes on after the reply
 * holds its body's until it ends.
 */
const takeWithinRoom = async (ports: ReceiveWebhookPorts, arrival: Arrival): Promise<HttpResponseInit> => {
  const { request, provider, correlationId, heldUpMs } = arrival;
  const { name } = provider;
  const bytes = bodyBytes(request);
  const restricted = bytes > smallBytes && (heldUpMs !== undefined || !ports.isSecretKnown(name));
  const room = bytes > ports.maxPayloadBytes ? noRoom : ports.bytesInFlight.admit({ bytes, restricted });
  if (room === undefined) {
    const detail = 'Too much is being received at once. Send the same request again in a moment.';
    return refuse(ports, { provider: name, correlationId, code: 'Overloaded', detail, retryAfterMs: 1_000 });
  }
  const settle = ports.presence?.begin();
  try {
    return await take(ports, arrival, room);
  } finally {
    settle?.();
    room.release();
  }
};

/** `POST webhooks/{provider}`: everything that can be refused before the body is trusted, then the ingest story. */
export const createReceiveWebhook = (ports: ReceiveWebhookPorts): HttpHandler => {
  const receive = (request: HttpRequest, correlationId: string): HttpResponseInit | Promise<HttpResponseInit> => {
    const startedMs = ports.clock.monotonicMs();
    const receivedAt = new Date(ports.clock.epochMs());
    const provider = ports.findProvider(request.params['provider'] ?? '');
    if (provider === undefined) {
      const detail = 'This provider is unknown or not enabled.';
      return refuse(ports, { provider: 'unknown', correlationId, code: 'UnknownProvider', detail });
    }
    const { headers } = request;
    const takesAny = provider.takesAnyContent?.(headers) === true;
    if (!isAcceptedContent(headers, takesAny ? 'any' : provider.contentTypes)) {
      const detail = `Send one of ${provider.contentTypes.join(', ')}, without Content-Encoding.`;
      return refuse(ports, { provider: provider.name, correlationId, code: 'UnsupportedContent', detail });
    }
    const client = clientAddress(headers);
    const heldUpMs = ports.failures.heldUpMs(provider.name, client);
    const arrival = { request, provider, client, heldUpMs, correlationId, startedMs, receivedAt };
    const outcome = hopeless(arrival);
    if (outcome === undefined) return takeWithinRoom(ports, arrival);
    const durationMs = Math.round(ports.clock.monotonicMs() - startedMs);
    return answer(ports, arrival, { outcome, answered: { provider: provider.name, bytes: 0, durationMs } });
  };

  return async (request) => {
    const correlationId = ports.newId();
    return withCorrelationId(await receive(request, correlationId), correlationId);
  };
};
