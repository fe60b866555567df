import type { ReportConflict } from '../archive/guarded-archive.js';
import type { BodyRecord } from '../body-record/body-record.js';
import { idAlone, type SeenBody, seenBodyOf } from '../body-record/known-bodies.js';
import type { Provider } from '../providers/provider.js';
import type { Bot } from '../routing/bot.js';
import type { BotMatcher } from '../routing/match-bots.js';
import { decideOutcome } from './decide-outcome.js';
import type { Hold } from './keep-somehow.js';
import { type NormalizedEvent, normalize, type RequestContext } from './normalize.js';
import { type EventOutcome, isKept, type Rejected } from './outcome.js';
import { type PersistPorts, persist } from './persist.js';
import type { ReadEvent } from './read-delivery.js';
import type { RequestBudget } from './time-limits.js';

export interface EventWayPorts extends PersistPorts {
  readonly matchBots: BotMatcher;
  readonly queueUnavailable: 'reject' | 'defer';
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

const prepare = (ports: EventWayPorts, context: EventContext, read: ReadEvent): PreparedEvent | Rejected => {
  const event = normalize(context.provider, read, context);
  if (event.kind === 'rejected') return event;
  const { attributes, description } = event;
  const bots = ports.matchBots({
    type: attributes.type,
    event: attributes.event,
    repository: description.repository,
  });
  return { kind: 'prepared', event, bots };
};

const seenBody = ({ name }: Provider, { attributes: { type, id }, payload: { sha256 } }: NormalizedEvent): SeenBody =>
  seenBodyOf({ provider: name, type, id, sha256 });

/**
 * Whether a body was accepted before, under an id or event name that it does not come with now. Of one that waited before it could be verified,
 * the same delivery counts too: its queues may have forgotten the first.
 */
const isRepeatedBody = ({ bodies, waited = false }: EventWayPorts, body: SeenBody): boolean => {
  const recall = bodies?.recall(body) ?? 'new';
  if (waited && recall === 'same') return true;
  return recall === 'other-type' || recall === 'other-id';
};

/** The sender's own id, not one that was derived from the body. */
const isSendersId = (id: string): boolean => !id.startsWith('sha256:');

/** Remembers an event that was kept, and reports when its id belonged to another one on another day. */
const note = ({ bodies, onConflict }: EventWayPorts, { event, body, archivedAs, isTold }: NotedEvent): void => {
  if (bodies === undefined) return;
  const { attributes, description } = event;
  const otherOn = isTold ? undefined : bodies.dayOfConflict(body, attributes.time.slice(0, '2026-01-31'.length));
  if (otherOn !== undefined) onConflict(attributes, { archivedAs, otherOn });
  if (description.isUnique) bodies.remember(body);
  else if (isSendersId(attributes.id)) bodies.remember(idAlone(body));
};

interface NotedEvent {
  readonly event: NormalizedEvent;
  readonly body: SeenBody;
  /** Where it lies, if the archive has it already. */
  readonly archivedAs: string | undefined;
  /** The archive has told of the conflict, or holds the very same event. */
  readonly isTold: boolean;
}

/** It is archived so that an operator can have it sent all the same. */
const markedAsRepeated = (event: NormalizedEvent): NormalizedEvent => ({
  ...event,
  payload: { ...event.payload, signatureStatus: 'repeated-body' },
});

const keep = async (
  ports: EventWayPorts,
  { secretVersion, provider, hold }: EventContext,
  { event, bots, budget }: Pick<PreparedEvent, 'event' | 'bots'> & { readonly budget: RequestBudget },
): Promise<EventOutcome> => {
  const { reply } = event.description;
  const body = seenBody(provider, event);
  const isRepeated = isRepeatedBody(ports, body);
  const kept = isRepeated ? { event: markedAsRepeated(event), bots: [] } : { event, bots };
  const persisted = await persist(ports, { ...kept, budget, hold });
  const outcome = decideOutcome({ ...persisted, event, secretVersion, queueUnavailable: ports.queueUnavailable });
  if (isKept(outcome) && !isRepeated) {
    const payload = persisted.keeping.kind === 'archived' ? persisted.keeping.payload : undefined;
    const isTold = payload?.duplicate === true || payload?.conflict === true;
    note(ports, { event, body, archivedAs: payload?.name, isTold });
  }
  if (outcome.kind === 'unavailable' || (!isRepeated && reply === undefined)) return outcome;
  return {
    ...outcome,
    ...(isRepeated && { duplicate: true, repeatedBody: true }),
    ...(reply !== undefined && { reply }),
  };
};

/** The way of the events that one request brought. */
export const createEventWay = (ports: EventWayPorts, context: EventContext): EventWay => ({
  prepare: (read) => prepare(ports, context, read),
  keep: ({ event, bots }, budget) => keep(ports, context, { event, bots, budget }),
});
