import type { Delivery, Provider } from '../providers/provider.js';
import { keptHeaders, keptQuery } from '../quarantine/kept-headers.js';
import type { Quarantine } from '../quarantine/quarantine.js';
import type { AllowedSources } from '../source-ranges/allowed-sources.js';
import type { Unavailable } from './outcome.js';
import { readDelivery } from './read-delivery.js';
import type { RequestBudget } from './time-limits.js';

export interface QuarantineUnverifiedPorts {
  /** Absent: nothing is quarantined. */
  readonly quarantine?: Quarantine | undefined;
  readonly allowedSources: Pick<AllowedSources, 'allows'>;
}

interface Unverified {
  readonly provider: Provider;
  readonly delivery: Delivery;
  readonly clientAddress: string | undefined;
  readonly correlationId: string;
  readonly traceparent: string;
  readonly tracestate?: string | undefined;
  readonly budget: RequestBudget;
  /** What it is answered unless it is written down. */
  readonly unavailable: Unavailable;
}

/** No sender's challenge is as large: what is larger is not looked into. */
const maxChallengeBytes = 16_384;

/** In the place of the secret, for what says whether this is a challenge at all; what it answers is thrown away. */
const noSecret = 'no secret is known yet';

/** A challenge is answered at once or never. */
const isChallenge = (provider: Provider, delivery: Delivery): boolean =>
  provider.handshake !== undefined &&
  delivery.body.length <= maxChallengeBytes &&
  readDelivery(provider, delivery, noSecret).kind === 'challenge';

/**
 * Writes down a delivery that cannot be verified now, so that it is not lost: the answer stays 503, and nothing of it is used before
 * it is verified. Challenges, and what comes from outside the allowed ranges, are not written down.
 */
export const quarantineUnverified = async (
  { quarantine, allowedSources }: QuarantineUnverifiedPorts,
  { provider, delivery, budget, unavailable, ...facts }: Unverified,
): Promise<Unavailable> => {
  if (quarantine === undefined || isChallenge(provider, delivery)) return unavailable;
  if (!(await allowedSources.allows(provider.name, facts.clientAddress, budget.shareMs('sources')))) return unavailable;
  const { headers, query, body, receivedAt } = delivery;
  const { name } = provider;
  const kept = { headers: keptHeaders(provider, headers), query: keptQuery(provider, query) };
  const written = await quarantine(
    { ...facts, ...kept, provider: name, body, receivedAt },
    { storeMs: () => budget.shareMs('archive'), backlogMs: () => budget.shareMs('backlog') },
  );
  return { ...unavailable, quarantine: written };
};
