import type { Clock } from '../circuit-breaker/clock.js';
import type { StartLaps } from '../observability/stage-laps.js';
import type { Delivery } from '../providers/delivery.js';
import type { Provider } from '../providers/provider.js';
import type { BotMatcher } from '../routing/match-bots.js';
import { type AuthenticationPorts, authenticate } from './authenticate.js';
import { ingestBatch } from './ingest-batch.js';
import { type NormalizedEvent, normalize } from './normalize.js';
import type { EventOutcome, IngestOutcome } from './outcome.js';
import { type PersistPorts, persist } from './persist.js';
import { type ReadEvent, readDelivery } from './read-delivery.js';
import { type RequestBudget, startRequestBudget } from './request-budget.js';
import { settle } from './settle.js';

export interface IngestPorts extends PersistPorts, AuthenticationPorts {
  readonly clock: Clock;
  readonly matchBots: BotMatcher;
  /** Upper bound, in milliseconds, on what any provider's request may take. */
  readonly requestBudgetMs: number;
  readonly queueUnavailable: 'reject' | 'defer';
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
}

export type Ingest = (request: IngestRequest) => Promise<IngestOutcome>;

interface EventContext {
  readonly provider: Provider;
  readonly correlationId: string;
  readonly traceparent: string;
  readonly secretVersion: string;
  readonly budget: RequestBudget;
}

/** The way of one event of a verified delivery: normalize, match bots, archive and route, write down what is owed, settle. */
const ingestEvent = (ports: IngestPorts, context: EventContext, read: ReadEvent): Promise<EventOutcome> => {
  const event = normalize(context.provider, read, context);
  return event.kind === 'rejected' ? Promise.resolve(event) : keepEvent(ports, context, event);
};

/** What the payload says is not known here any more: parsed, a large one takes more memory than its bytes while stores are waited for. */
const keepEvent = async (
  ports: IngestPorts,
  { secretVersion, budget }: EventContext,
  event: NormalizedEvent,
): Promise<EventOutcome> => {
  const { attributes, description } = event;
  const { repository, reply } = description;
  const bots = ports.matchBots({ type: attributes.type, event: attributes.event, repository });
  const persisted = await persist(ports, { event, bots, budget });
  const outcome = settle({ ...persisted, event, secretVersion, queueUnavailable: ports.queueUnavailable });
  return outcome.kind === 'unavailable' || reply === undefined ? outcome : { ...outcome, reply };
};

/**
 * The way of one webhook: authenticate the raw bytes, answer a challenge, else take every event its way. Never throws for a
 * dependency's sake and answers within the provider's reply budget.
 */
export const createIngest =
  (ports: IngestPorts): Ingest =>
  async ({ provider, delivery, clientAddress, correlationId, traceparent }) => {
    const budget = startRequestBudget(ports.clock, Math.min(provider.replyBudgetMs, ports.requestBudgetMs));
    const lap = ports.startLaps();

    const answer = provider.answerUnsigned?.(delivery);
    if (answer !== undefined) return { kind: 'handshake', reply: answer };

    const authentication = await authenticate(ports, { provider, delivery, clientAddress, budget });
    lap('authenticate');
    if (authentication.kind !== 'verified') return authentication;
    const { secret, secretVersion } = authentication;

    const context = { provider, correlationId, traceparent, secretVersion, budget };
    const reading = readDelivery(provider, delivery, secret);
    lap('normalize');
    switch (reading.kind) {
      case 'rejected':
        return reading;
      case 'challenge':
        return { kind: 'handshake', reply: reading.reply, secretVersion };
      case 'event':
        return ingestEvent(ports, context, reading.event);
      case 'batch':
        return ingestBatch(reading.events, (read) => ingestEvent(ports, context, read));
    }
  };
