import type { Clock } from '../circuit-breaker/clock.js';
import { continueTrace } from '../envelope/trace-parent.js';
import type { StartLaps } from '../observability/stage-laps.js';
import type { Delivery } from '../providers/delivery.js';
import type { Provider } from '../providers/provider.js';
import type { Bot } from '../routing/bot.js';
import type { Secrets } from '../secrets/secrets.js';
import { authenticate } from './authenticate.js';
import { normalize } from './normalize.js';
import type { IngestOutcome } from './outcome.js';
import { type PersistPorts, persist } from './persist.js';
import { startRequestBudget } from './request-budget.js';
import { settle } from './settle.js';

export interface IngestPorts extends PersistPorts {
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly matchBots: (event: { type: string; event: string; repository?: string }) => readonly Bot[];
  /** `bytes` random bytes as lower-case hex. */
  readonly newHex: (bytes: number) => string;
  /** Upper bound, in milliseconds, on what any provider's request may take. */
  readonly requestBudgetMs: number;
  readonly queueUnavailable: 'reject' | 'defer';
  readonly startLaps: StartLaps;
}

export interface IngestRequest {
  readonly provider: Provider;
  readonly delivery: Delivery;
  readonly correlationId: string;
  /** The trace context that the platform gave the invocation, if any. */
  readonly platformTrace: string | undefined;
}

export type Ingest = (request: IngestRequest) => Promise<IngestOutcome>;

/**
 * The way of one webhook: authenticate the raw bytes, normalize, match bots, archive and route, write down what is owed, settle. Never throws for a
 * dependency's sake and answers within the provider's reply budget.
 */
export const createIngest =
  (ports: IngestPorts): Ingest =>
  async ({ provider, delivery, correlationId, platformTrace }) => {
    const budget = startRequestBudget(ports.clock, Math.min(provider.replyBudgetMs, ports.requestBudgetMs));
    const lap = ports.startLaps();

    const authentication = await authenticate(ports.secrets, provider, delivery, budget.shareMs('secrets'));
    lap('authenticate');
    if (authentication.kind !== 'verified') return authentication;
    const { secretVersion } = authentication;

    const incoming = delivery.headers.get('traceparent');
    const traceparent = continueTrace({ incoming, platform: platformTrace, newHex: ports.newHex });
    const event = normalize(provider, delivery, { correlationId, traceparent, secretVersion });
    lap('normalize');
    if (event.kind === 'rejected') return event;

    const { repository } = event.description;
    const bots = ports.matchBots({ ...event.attributes, ...(repository !== undefined && { repository }) });
    const persisted = await persist(ports, { event, bots, budget });
    return settle({ ...persisted, event, secretVersion, queueUnavailable: ports.queueUnavailable });
  };
