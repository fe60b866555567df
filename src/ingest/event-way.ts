import type { ReportConflict } from '../archive/guarded-archive.js';
import type { BodyRecord } from '../body-record/body-record.js';
import { idAlone, type SeenBody, seenBodyOf } from '../body-record/known-bodies.js';
import type { Provider } from '../providers/provider.js';
import type { Bot } from '../routing/bot.js';
import { archiveBacklogQueue } from '../routing/event-queue.js';
import type { BotMatcher } from '../routing/match-bots.js';
import { type BotRoute, isOpen, type QueueFault, refusalReason } from '../routing/route-event.js';
import type { Hold } from './keep-somehow.js';
import { type NormalizedEvent, normalize, type RequestContext } from './normalize.js';
import type { Accepted, Cause, EventOutcome, Rejected, Unavailable } from './outcome.js';
import { causesOf, isKept, queueCause } from './outcome.js';
import { defaultRetryAfterMs, type Keeping, type Persisted, type PersistPorts, persist } from './persist.js';
import type { ReadEvent } from './read-delivery.js';
import type { RequestBudget } from './time-limits.js';

export interface EventWayPorts extends PersistPorts {
  readonly matchBots: BotMatcher;
  /** Absent: switched off. */
  readonly bodies?: Pick<BodyRecord, 'recall' | 'remember' | 'dayOfConflict'> | undefined;
  /** Called for an event whose id came with other bytes on another day. */
  readonly onConflict: ReportConflict;
  /** Whether deliveries are taken long after they came; absent: no. */
  readonly waited?: boolean;
}

export interface EventContext extends RequestContext {
  readonly provider: Provider;
  /** Told of calls that may end after the reply, payload and all. */
  readonly hold?: Hold | undefined;
}

/** An event and who wants it. */
export interface PreparedEvent {
  readonly kind: 'prepared';
  readonly event: NormalizedEvent;
  readonly bots: readonly Bot[];
}

/** The way of one event of a verified delivery: normalize and match bots, then archive and route, write down what is owed, decide the outcome. */
export interface EventWay {
  /** Touches no dependency. */
  readonly prepare: (read: ReadEvent) => PreparedEvent | Rejected;
  /** What the payload says is not known here any more: parsed, a large one takes more memory than its bytes while stores are waited for. */
  readonly keep: (prepared: PreparedEvent, budget: RequestBudget) => Promise<EventOutcome>;
}

/**
 * Whether a body was accepted before, under an id or event name that it does not come with now. Of one that waited before it could be verified,
 * the same delivery counts too: its queues may have forgotten the first.
 */
const isRepeatedBody = ({ bodies, waited = false }: EventWayPorts, body: SeenBody): boolean => {
  const recall = bodies?.recall(body) ?? 'new';
  return recall === 'other-type' || recall === 'other-id' || (waited && recall === 'same');
};

/** It is archived so that an operator can have it sent all the same, and no bot gets it. */
const markedAsRepeated = (event: NormalizedEvent): Pick<PreparedEvent, 'event' | 'bots'> => ({
  event: { ...event, payload: { ...event.payload, signatureStatus: 'repeated-body' } },
  bots: [],
});

/** Remembers an event that was kept, and reports when its id belonged to another one on another day. */
const remember = (
  { bodies, onConflict }: EventWayPorts,
  { attributes, description }: NormalizedEvent,
  { body, keeping }: { readonly body: SeenBody; readonly keeping: Keeping },
): void => {
  if (bodies === undefined) return;
  const archived = keeping.kind === 'archived' ? keeping.payload : undefined;
  // The archive has told of the conflict, or holds the very same event.
  const isTold = archived?.duplicate === true || archived?.conflict === true;
  const otherOn = isTold ? undefined : bodies.dayOfConflict(body, attributes.time.slice(0, '2026-01-31'.length));
  if (otherOn !== undefined) onConflict(attributes, { archivedAs: archived?.name, otherOn });
  if (description.isUnique) bodies.remember(body);
  // Its sender's own id, not one that was derived from the body.
  else if (!attributes.id.startsWith('sha256:')) bodies.remember(idAlone(body));
};

interface EventKept extends Persisted {
  readonly event: NormalizedEvent;
  readonly secretVersion: string;
}

/** The archive's, those of the copies, and that of the queue which stands in for the archive. */
const causesIn = ({ keeping, routes, archiveReason }: EventKept): readonly Cause[] => {
  const backlogFault = keeping.kind === 'not-kept' ? keeping.backlogFault : undefined;
  return [
    ...(archiveReason === undefined ? [] : [{ of: 'blob-storage', reason: archiveReason }]),
    ...causesOf(routes),
    ...(backlogFault === undefined ? [] : [{ of: archiveBacklogQueue, reason: queueCause(backlogFault) }]),
  ];
};

/** Every copy that did not get through is written down durably, beside the payload itself. */
const isDeferred = ({ keeping, routes, owedRecorded }: EventKept): boolean =>
  owedRecorded && keeping.kind !== 'not-kept' && routes.some(({ kind }) => kind !== 'routed');

const unavailable = (kept: EventKept, why: Pick<Unavailable, 'code' | 'service' | 'retryAfterMs'>): Unavailable => {
  const { id, type } = kept.event.attributes;
  const archived = kept.keeping.kind === 'archived';
  const deferred = isDeferred(kept) && ({ deferred: true } as const);
  return { kind: 'unavailable', ...why, event: { id, type }, archived, causes: causesIn(kept), ...deferred };
};

const unqueued = (kept: EventKept, faults: readonly QueueFault[]): Unavailable => {
  const open = faults.find(isOpen);
  return unavailable(kept, {
    code: open ? 'CircuitBreakerOpen' : 'QueueingFailed',
    service: 'service-bus',
    retryAfterMs: open && 'retryAfterMs' in open ? open.retryAfterMs : defaultRetryAfterMs,
  });
};

const botNames = (routes: readonly BotRoute[], kind: BotRoute['kind']): readonly string[] =>
  routes.filter((route) => route.kind === kind).map((route) => route.bot.name);

const accepted = (kind: Accepted['kind'], kept: EventKept): Accepted => {
  const { event, keeping, routes, secretVersion } = kept;
  const { id, type } = event.attributes;
  const archived = keeping.kind === 'archived';
  return {
    kind,
    id,
    type,
    archived,
    routedTo: botNames(routes, 'routed'),
    degraded: [
      ...(kind === 'deferred' ? ['service-bus'] : []),
      ...(archived ? [] : ['blob-storage']),
      ...botNames(routes, 'refused').map((name) => `bot:${name}`),
    ],
    causes: causesIn(kept),
    duplicate: archived && keeping.payload.duplicate,
    secretVersion,
  };
};

type NotKept = Extract<Keeping, { kind: 'not-kept' }>;

/** It is accepted all the same when every bot holds it, and its copy for the archive failed for no reason that a repeat would cure. */
const notKept = (kept: EventKept, { backlogFault, retryAfterMs }: NotKept): Accepted | Unavailable => {
  const { routes } = kept;
  const isRefused = backlogFault !== undefined && refusalReason(backlogFault) !== undefined;
  if (isRefused && routes.length > 0 && routes.every(({ kind }) => kind === 'routed'))
    return accepted('accepted', kept);
  return backlogFault === undefined || isRefused
    ? unavailable(kept, { code: 'PayloadNotStorable', service: 'blob-storage', retryAfterMs })
    : unqueued(kept, [backlogFault]);
};

/**
 * Decides the outcome from what was kept, routed and written down: a 2xx only when a durable copy exists and every bot has
 * its copy or the outbox will bring it.
 */
const decideOutcome = (
  kept: EventKept,
  { queueUnavailable }: Pick<EventWayPorts, 'queueUnavailable'>,
): Accepted | Unavailable => {
  const { keeping, routes } = kept;
  const owed = routes.flatMap((route) => (route.kind === 'owed' ? [route.fault] : []));
  if (owed.length > 0) {
    const defers = queueUnavailable === 'defer' && isDeferred(kept);
    return defers ? accepted('deferred', kept) : unqueued(kept, owed);
  }
  if (keeping.kind === 'not-kept') return notKept(kept, keeping);
  return kept.owedRecorded ? accepted('accepted', kept) : unqueued(kept, []);
};

const keep = async (
  ports: EventWayPorts,
  { secretVersion, hold }: EventContext,
  { event, bots, budget }: PreparedEvent & { readonly budget: RequestBudget },
): Promise<EventOutcome> => {
  const { reply } = event.description;
  const body = seenBodyOf({ ...event.attributes, sha256: event.payload.sha256 });
  const isRepeated = isRepeatedBody(ports, body);
  const persisted = await persist(ports, { ...(isRepeated ? markedAsRepeated(event) : { event, bots }), budget, hold });
  const outcome = decideOutcome({ ...persisted, event, secretVersion }, ports);
  if (isKept(outcome) && !isRepeated) remember(ports, event, { body, keeping: persisted.keeping });
  if (outcome.kind === 'unavailable') return outcome;
  return {
    ...outcome,
    ...(isRepeated && { duplicate: true, repeatedBody: true }),
    ...(reply !== undefined && { reply }),
  };
};

/** The way of the events that one request brought. */
export const createEventWay = (ports: EventWayPorts, context: EventContext): EventWay => ({
  prepare: (read) => {
    const event = normalize(context.provider, read, context);
    if (event.kind === 'rejected') return event;
    const { attributes, description } = event;
    const { type, event: name } = attributes;
    const bots = ports.matchBots({ type, event: name, repository: description.repository });
    return { kind: 'prepared', event, bots };
  },
  keep: (prepared, budget) => keep(ports, context, { ...prepared, budget }),
});
