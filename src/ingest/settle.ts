import { type BotRoute, type QueueFault, refusalReason } from '../routing/route-event.js';
import type { NormalizedEvent } from './normalize.js';
import type { Accepted, IngestOutcome, Unavailable } from './outcome.js';
import type { Keeping, Persisted } from './persist.js';

const defaultRetryAfterMs = 5_000;

interface Settlement extends Persisted {
  readonly event: NormalizedEvent;
  readonly secretVersion: string;
}

const identityOf = ({ attributes: { id, type } }: NormalizedEvent) => ({ id, type });

const isOpen = (fault: QueueFault): boolean =>
  fault.kind === 'circuit-open' || fault.kind === 'too-many-concurrent-requests';

const queueUnavailable = ({ event, keeping }: Settlement, faults: readonly QueueFault[]): Unavailable => {
  const open = faults.find(isOpen);
  return {
    kind: 'unavailable',
    code: open ? 'CircuitBreakerOpen' : 'QueueingFailed',
    service: 'service-bus',
    retryAfterMs: open && 'retryAfterMs' in open ? open.retryAfterMs : defaultRetryAfterMs,
    event: identityOf(event),
    archived: keeping.kind === 'archived',
  };
};

const notStorable = ({ event }: Settlement, retryAfterMs: number): Unavailable => ({
  kind: 'unavailable',
  code: 'PayloadNotStorable',
  service: 'blob-storage',
  retryAfterMs,
  event: identityOf(event),
  archived: false,
});

const botNames = (routes: readonly BotRoute[], kind: BotRoute['kind']): readonly string[] =>
  routes.filter((route) => route.kind === kind).map((route) => route.bot.name);

const accepted = ({ event, keeping, routes, secretVersion }: Settlement): Accepted => ({
  kind: 'accepted',
  ...identityOf(event),
  archived: keeping.kind === 'archived',
  routedTo: botNames(routes, 'routed'),
  degraded: [
    ...(keeping.kind === 'archived' ? [] : ['blob-storage']),
    ...botNames(routes, 'refused').map((name) => `bot:${name}`),
  ],
  duplicate: keeping.kind === 'archived' && keeping.payload.duplicate,
  secretVersion,
});

/** Every bot holds the event, and its copy for the archive failed for no reason that a repeat would cure. */
const heldByEveryBot = (keeping: Keeping, routes: readonly BotRoute[]): boolean =>
  keeping.kind === 'not-kept' &&
  keeping.backlogFault !== undefined &&
  refusalReason(keeping.backlogFault) !== undefined &&
  routes.length > 0 &&
  routes.every(({ kind }) => kind === 'routed');

/**
 * Decides the outcome from what was kept and routed: a 2xx only when a durable copy exists and no bot is owed its copy
 * for the service's sake.
 */
export const settle = (settlement: Settlement): IngestOutcome => {
  const { keeping, routes } = settlement;
  const owed = routes.flatMap((route) => (route.kind === 'owed' ? [route.fault] : []));
  if (owed.length > 0) return queueUnavailable(settlement, owed);
  if (keeping.kind !== 'not-kept' || heldByEveryBot(keeping, routes)) return accepted(settlement);
  if (keeping.backlogFault !== undefined && refusalReason(keeping.backlogFault) === undefined) {
    return queueUnavailable(settlement, [keeping.backlogFault]);
  }
  return notStorable(settlement, keeping.retryAfterMs);
};
