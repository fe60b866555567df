import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import type { Clock } from '../circuit-breaker/clock.js';
import type { Ingest } from '../ingest/ingest.js';
import type { Log } from '../observability/log.js';
import type { Metrics } from '../observability/metrics.js';
import type { StartLaps } from '../observability/stage-laps.js';
import type { Provider } from '../providers/provider.js';
import { clientAddress } from './client-address.js';
import { isAcceptedContent, isAnyContent } from './content-type.js';
import { countOutcome, countRefusal, measureDelivery } from './count-outcome.js';
import { logOutcome, logStored } from './log-outcome.js';
import { outcomeReply } from './outcome-reply.js';
import { problem } from './problems.js';
import { readBody } from './read-body.js';

export interface ReceiveWebhookPorts {
  readonly ingest: Ingest;
  readonly findProvider: (name: string) => Provider | undefined;
  readonly maxPayloadBytes: number;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly startLaps: StartLaps;
  /** W3C trace context of the request that is running. */
  readonly traceparent: () => string;
}

export type HttpHandler = (request: HttpRequest, context: InvocationContext) => Promise<HttpResponseInit>;

const withCorrelationId = (reply: HttpResponseInit, correlationId: string): HttpResponseInit => ({
  ...reply,
  headers: { ...reply.headers, 'x-correlation-id': correlationId },
});

/** `POST webhooks/{provider}`: everything that can be refused before the body is trusted, then the ingest story. */
export const createReceiveWebhook = (ports: ReceiveWebhookPorts): HttpHandler => {
  const receive = async (request: HttpRequest, correlationId: string): Promise<HttpResponseInit> => {
    const startedMs = ports.clock.monotonicMs();
    const receivedAt = new Date(ports.clock.epochMs());
    const refuse = (code: 'UnknownProvider' | 'UnsupportedContent' | 'PayloadTooLarge', detail: string) => {
      const name = provider?.name ?? 'unknown';
      ports.log.write('warn', 'webhook.refused', { provider: name, correlationId, code });
      countRefusal(ports.metrics, code, name);
      return problem(code, { detail, correlationId });
    };
    const provider = ports.findProvider(request.params['provider'] ?? '');
    if (provider === undefined) return refuse('UnknownProvider', 'This provider is not known or not switched on.');
    const { headers } = request;
    const takesAny = provider.takesAnyContent?.(headers) === true && isAnyContent(headers);
    if (!takesAny && !isAcceptedContent(headers, provider.contentTypes)) {
      return refuse('UnsupportedContent', `Send one of ${provider.contentTypes.join(', ')}, without Content-Encoding.`);
    }
    const lap = ports.startLaps();
    const reading = await readBody(request, ports.maxPayloadBytes);
    lap('read');
    if (reading.kind === 'too-large') {
      return refuse('PayloadTooLarge', `The body is above ${ports.maxPayloadBytes} bytes.`);
    }
    const { body } = reading;
    const outcome = await ports.ingest({
      provider,
      delivery: { headers, query: request.query, body, receivedAt },
      clientAddress: clientAddress(headers),
      correlationId,
      traceparent: ports.traceparent(),
    });
    const durationMs = Math.round(ports.clock.monotonicMs() - startedMs);
    const answered = { correlationId, provider: provider.name, bytes: body.length, durationMs };
    measureDelivery(ports.metrics, answered);
    for (const each of outcome.kind === 'batch' ? outcome.outcomes : [outcome]) {
      logOutcome(ports.log, each, answered);
      countOutcome(ports.metrics, each, provider.name);
    }
    if (outcome.kind === 'batch' && outcome.stored !== undefined) logStored(ports.log, outcome.stored, answered);
    return outcomeReply(outcome, provider, correlationId);
  };

  return async (request) => {
    const correlationId = ports.newId();
    return withCorrelationId(await receive(request, correlationId), correlationId);
  };
};
