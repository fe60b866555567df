import { archiveBacklogQueue, buildBacklogMessage } from '../archive/archive-backlog.js';
import type { GuardedArchive } from '../archive/guarded-archive.js';
import type { ArchivedPayload } from '../archive/payload-archive.js';
import type { GuardedOutbox } from '../outbox/guarded-outbox.js';
import { newRecord, type UndeliveredCopy } from '../outbox/new-record.js';
import type { Bot } from '../routing/bot.js';
import type { EncodedEvent } from '../routing/build-message.js';
import { type BotRoute, type GuardedSend, type QueueFault, routeEvent } from '../routing/route-event.js';
import { encodeClaimCheck, encodeInline } from './encode-event.js';
import type { NormalizedEvent } from './normalize.js';
import type { RequestBudget } from './request-budget.js';
import { undeliveredCopies } from './undelivered-copies.js';

/** Where the payload's durable copy is: the archive, the queue that stands in for it, or nowhere. */
export type Keeping =
  | { readonly kind: 'archived'; readonly payload: ArchivedPayload }
  | { readonly kind: 'backlogged' }
  | { readonly kind: 'not-kept'; readonly retryAfterMs: number; readonly backlogFault?: QueueFault };

export interface Persisted {
  readonly keeping: Keeping;
  /** One entry for each matched bot; empty when a claim check had nowhere to lie. */
  readonly routes: readonly BotRoute[];
  /** Whether every copy that did not get through is written down durably; true when all did. */
  readonly owedRecorded: boolean;
}

export interface PersistPorts {
  readonly archive: GuardedArchive;
  readonly send: GuardedSend;
  readonly outbox: Pick<GuardedOutbox, 'create'>;
  /** Largest envelope, in bytes, that travels inside a message. */
  readonly maxMessageBytes: number;
}

interface PersistRequest {
  readonly event: NormalizedEvent;
  readonly bots: readonly Bot[];
  readonly budget: RequestBudget;
}

type Archiving = Exclude<Keeping, { readonly kind: 'backlogged' }>;

const defaultRetryAfterMs = 5_000;

const putIntoArchive = async (ports: PersistPorts, { event, budget }: PersistRequest): Promise<Archiving> => {
  const result = await ports.archive(event.payload, budget.shareMs('archive'));
  if (result.ok) return { kind: 'archived', payload: result.value };
  const { error } = result;
  return { kind: 'not-kept', retryAfterMs: error.kind === 'circuit-open' ? error.retryAfterMs : defaultRetryAfterMs };
};

/** Writes the outbox record that names the queues still owed. */
const recordOwed = async (
  ports: PersistPorts,
  { event, budget }: PersistRequest,
  { archived, undelivered, inline }: Owed,
): Promise<boolean> => {
  if (undelivered.length === 0) return true;
  const travels = !inline ? 'claim-check' : event.payload.verbatimJson ? 'json' : 'binary';
  const record = newRecord({ payload: event.payload, archived, travels, undelivered });
  return (await ports.outbox.create(record, budget.shareMs('outbox'))).ok;
};

interface Owed {
  readonly archived: ArchivedPayload;
  readonly undelivered: readonly UndeliveredCopy[];
  readonly inline: boolean;
}

const sendToBacklog = (
  ports: PersistPorts,
  { event, budget }: PersistRequest,
  { body }: EncodedEvent,
  undelivered: readonly UndeliveredCopy[],
): ReturnType<GuardedSend> =>
  ports.send(archiveBacklogQueue, buildBacklogMessage(event.payload, body, undelivered), budget.shareMs('backlog'));

const persistClaimCheck = async (ports: PersistPorts, request: PersistRequest): Promise<Persisted> => {
  const keeping = await putIntoArchive(ports, request);
  if (keeping.kind !== 'archived') return { keeping, routes: [], owedRecorded: true };
  const encoded = encodeClaimCheck(request.event, keeping.payload);
  const routes = await routeEvent(ports.send, encoded, request.bots, request.budget.shareMs('route'));
  const undelivered = undeliveredCopies(request.event, routes);
  const owed = { archived: keeping.payload, undelivered, inline: false };
  return { keeping, routes, owedRecorded: await recordOwed(ports, request, owed) };
};

/**
 * The archive and the outbox, else the backlog queue: each store covers for the other. What is owed for the service's sake
 * never falls back to a queue of that service.
 */
const persistInline = async (
  ports: PersistPorts,
  request: PersistRequest,
  encoded: EncodedEvent,
): Promise<Persisted> => {
  const [keeping, routes] = await Promise.all([
    putIntoArchive(ports, request),
    routeEvent(ports.send, encoded, request.bots, request.budget.shareMs('route')),
  ]);
  const undelivered = undeliveredCopies(request.event, routes);
  if (keeping.kind === 'archived') {
    const recorded = await recordOwed(ports, request, { archived: keeping.payload, undelivered, inline: true });
    if (recorded || routes.some(({ kind }) => kind === 'owed')) return { keeping, routes, owedRecorded: recorded };
    const sent = await sendToBacklog(ports, request, encoded, undelivered);
    return { keeping, routes, owedRecorded: sent.ok };
  }
  const sent = await sendToBacklog(ports, request, encoded, undelivered);
  return sent.ok
    ? { keeping: { kind: 'backlogged' }, routes, owedRecorded: true }
    : { keeping: { ...keeping, backlogFault: sent.error }, routes, owedRecorded: undelivered.length === 0 };
};

/**
 * Archives and routes one event, and writes down what some queues are still owed. Archive and route run side by side when
 * the payload travels inside the message; a claim check waits for the archive. All is awaited: nothing runs on after the
 * reply.
 */
export const persist = (ports: PersistPorts, request: PersistRequest): Promise<Persisted> => {
  const encoded = encodeInline(request.event, ports.maxMessageBytes);
  return encoded === undefined ? persistClaimCheck(ports, request) : persistInline(ports, request, encoded);
};
