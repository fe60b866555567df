import { archiveBacklogQueue } from '../routing/event-queue.js';
import { type BotRoute, isOpen, type QueueFault, refusalReason } from '../routing/route-event.js';
import type { NormalizedEvent } from './normalize.js';
import { type Accepted, type Cause, causesOf, queueCause, type Unavailable } from './outcome.js';
import type { Keeping, Persisted } from './persist.js';

const defaultRetryAfterMs = 5_000;

interface EventKept extends Persisted {
  readonly event: NormalizedEvent;
  readonly secretVersion: string;
  /** What the sender is told of an event that is kept, yet owed to some queues because the service fails. */
  readonly queueUnavailable: 'reject' | 'defer';
}

const identityOf = ({ attributes: { id, type } }: NormalizedEvent) => ({ id, type });

const unqueued = (kept: EventKept, faults: readonly QueueFault[]): Unavailable => {
  const { event, keeping } = kept;
  const open = faults.find(isOpen);
  return {
    kind: 'unavailable',
    code: open ? 'CircuitBreakerOpen' : 'QueueingFailed',
    service: 'service-bus',
    retryAfterMs: open && 'retryAfterMs' in open ? open.retryAfterMs : defaultRetryAfterMs,
    event: identityOf(event),
    archived: keeping.kind === 'archived',
    causes: causesIn(kept),
    ...(isDeferred(kept) && { deferred: true }),
  };
};

const notStorable = (kept: EventKept, retryAfterMs: number): Unavailable => ({
  kind: 'unavailable',
  code: 'PayloadNotStorable',
  service: 'blob-storage',
  retryAfterMs,
  event: identityOf(kept.event),
  archived: false,
  causes: causesIn(kept),
});

/** The archive's, those of the copies, and that of the queue which stands in for the archive. */
const causesIn = ({ keeping, routes, archiveReason }: EventKept): readonly Cause[] => {
  const backlogFault = keeping.kind === 'not-kept' ? keeping.backlogFault : undefined;
  return [
    ...(archiveReason === undefined ? [] : [{ of: 'blob-storage', reason: archiveReason }]),
    ...causesOf(routes),
    ...(backlogFault === undefined ? [] : [{ of: archiveBacklogQueue, reason: queueCause(backlogFault) }]),
  ];
};

const botNames = (routes: readonly BotRoute[], kind: BotRoute['kind']): readonly string[] =>
  routes.filter((route) => route.kind === kind).map((route) => route.bot.name);

const accepted = (kind: Accepted['kind'], kept: EventKept): Accepted => {
  const { event, keeping, routes, secretVersion } = kept;
  const { id, type } = event.attributes;
  return {
    kind,
    id,
    type,
    archived: keeping.kind === 'archived',
    routedTo: botNames(routes, 'routed'),
    degraded: [
      ...(kind === 'deferred' ? ['service-bus'] : []),
      ...(keeping.kind === 'archived' ? [] : ['blob-storage']),
      ...botNames(routes, 'refused').map((name) => `bot:${name}`),
    ],
    causes: causesIn(kept),
    duplicate: keeping.kind === 'archived' && keeping.payload.duplicate,
    secretVersion,
  };
};

/** Every bot holds the event, and its copy for the archive failed for no reason that a repeat would cure. */
const heldByEveryBot = (keeping: Extract<Keeping, { kind: 'not-kept' }>, routes: readonly BotRoute[]): boolean =>
  keeping.backlogFault !== undefined &&
  refusalReason(keeping.backlogFault) !== undefined &&
  routes.length > 0 &&
  routes.every(({ kind }) => kind === 'routed');

/** Every copy that did not get through is written down durably, beside the payload itself. */
const isDeferred = ({ keeping, routes, owedRecorded }: EventKept): boolean =>
  owedRecorded && keeping.kind !== 'not-kept' && routes.some(({ kind }) => kind !== 'routed');

/**
 * Decides the outcome from what was kept, routed and written down: a 2xx only when a durable copy exists and every bot has
 * its copy or the outbox will bring it.
 */
export const decideOutcome = (kept: EventKept): Accepted | Unavailable => {
  const { keeping, routes, queueUnavailable } = kept;
  const owed = routes.flatMap((route) => (route.kind === 'owed' ? [route.fault] : []));
  if (owed.length > 0) {
    const defers = queueUnavailable === 'defer' && isDeferred(kept);
    return defers ? accepted('deferred', kept) : unqueued(kept, owed);
  }
  if (keeping.kind === 'not-kept') return notKept(kept, keeping);
  return kept.owedRecorded ? accepted('accepted', kept) : unqueued(kept, []);
};

const notKept = (kept: EventKept, keeping: Extract<Keeping, { kind: 'not-kept' }>): Accepted | Unavailable => {
  if (heldByEveryBot(keeping, kept.routes)) return accepted('accepted', kept);
  const { backlogFault, retryAfterMs } = keeping;
  return backlogFault !== undefined && refusalReason(backlogFault) === undefined
    ? unqueued(kept, [backlogFault])
    : notStorable(kept, retryAfterMs);
};
