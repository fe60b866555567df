import type { StartLaps } from '../observability/metrics/metrics-store.js';
import type { Delivery, Provider } from '../providers/provider.js';
import type { Clock } from '../time/clock.js';
import { type AuthenticationPorts, authenticate } from './authenticate.js';
import { createEventWay, type EventWay, type EventWayPorts } from './event-way.js';
import { type BatchPorts, ingestBatch } from './ingest-batch.js';
import type { Hold } from './keep-somehow.js';
import type { EventOutcome, IngestOutcome } from './outcome.js';
import { timed } from './persist.js';
import { type QuarantineUnverifiedPorts, quarantineUnverified } from './quarantine-unverified.js';
import { type ReadEvent, readDelivery } from './read-delivery.js';
import { budgetAfterHostMs, type RequestBudget, startRequestBudget } from './time-limits.js';

export interface IngestPorts extends EventWayPorts, AuthenticationPorts, BatchPorts, QuarantineUnverifiedPorts {
  readonly clock: Clock;
  /** Upper bound, in milliseconds, on what any provider's request may take. */
  readonly requestBudgetMs: number;
  readonly startLaps: StartLaps;
}

export interface IngestRequest {
  readonly provider: Provider;
  readonly delivery: Delivery;
  /** The caller's address as the platform saw it; absent when it is not known. */
  readonly clientAddress: string | undefined;
  readonly correlationId: string;
  /** W3C trace context of this request, continued from the caller's when it sent one. */
  readonly traceparent: string;
  /** What came beside the caller's, when that was valid. */
  readonly tracestate?: string | undefined;
  /** Told of calls that may end after the reply, payload and all; each ends within some seconds. */
  readonly hold?: Hold | undefined;
}

export type Ingest = (request: IngestRequest) => Promise<IngestOutcome>;

const ingestEvent = (way: EventWay, read: ReadEvent, budget: RequestBudget): Promise<EventOutcome> => {
  const prepared = way.prepare(read);
  return prepared.kind === 'rejected' ? Promise.resolve(prepared) : way.keep(prepared, budget);
};

/**
 * The way of one webhook: authenticate the raw bytes, answer a challenge, else take every event its way. Never throws because a
 * dependency fails, and answers within the provider's reply budget.
 */
export const createIngest = (given: IngestPorts): Ingest => {
  const ports = { ...given, ...timed(given, given.startLaps) };
  return async ({ provider, delivery, clientAddress, correlationId, traceparent, tracestate, hold }) => {
    const wholeMs = Math.min(provider.replyBudgetMs, ports.requestBudgetMs);
    const totalMs = budgetAfterHostMs(wholeMs, delivery.body.length);
    const budget = startRequestBudget(ports.clock, totalMs);
    const lap = ports.startLaps();

    const answer = provider.answerUnsigned?.(delivery);
    if (answer !== undefined) return { kind: 'handshake', reply: answer };

    const authentication = await authenticate(ports, { provider, delivery, clientAddress, budget });
    lap('authenticate');
    if (authentication.kind === 'unavailable') {
      const { vaultIsAway, ...unavailable } = authentication;
      if (!vaultIsAway) return unavailable;
      const facts = { provider, delivery, clientAddress, correlationId, traceparent, tracestate, budget };
      return quarantineUnverified(ports, { ...facts, unavailable });
    }
    if (authentication.kind === 'rejected') return authentication;
    const { secret, secretVersion } = authentication;

    const reading = readDelivery(provider, delivery, secret);
    lap('normalize');
    const context = { provider, correlationId, traceparent, tracestate, secretVersion, hold };
    const way = createEventWay(ports, context);
    switch (reading.kind) {
      case 'rejected':
        return reading;
      case 'challenge':
        return { kind: 'handshake', reply: reading.reply, secretVersion };
      case 'event':
        return ingestEvent(way, reading.event, budget);
      case 'batch':
        return ingestBatch(ports, { read: reading.batch, context, way, budget, totalMs });
    }
  };
};
