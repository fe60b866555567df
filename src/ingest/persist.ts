import { archiveBacklogQueue, buildBacklogMessage } from '../archive/archive-backlog.js';
import type { GuardedArchive } from '../archive/guarded-archive.js';
import type { ArchivedPayload } from '../archive/payload-archive.js';
import type { Bot } from '../routing/bot.js';
import type { EncodedEvent } from '../routing/build-message.js';
import { type BotRoute, type GuardedSend, type QueueFault, routeEvent } from '../routing/route-event.js';
import { encodeClaimCheck, encodeInline } from './encode-event.js';
import type { NormalizedEvent } from './normalize.js';
import type { RequestBudget } from './request-budget.js';

/** Where the payload's durable copy is: the archive, the queue that stands in for it, or nowhere. */
export type Keeping =
  | { readonly kind: 'archived'; readonly payload: ArchivedPayload }
  | { readonly kind: 'backlogged' }
  | { readonly kind: 'not-kept'; readonly retryAfterMs: number; readonly backlogFault?: QueueFault };

export interface Persisted {
  readonly keeping: Keeping;
  /** One entry for each matched bot; empty when a claim check had nowhere to lie. */
  readonly routes: readonly BotRoute[];
}

export interface PersistPorts {
  readonly archive: GuardedArchive;
  readonly send: GuardedSend;
  /** Largest envelope, in bytes, that travels inside a message. */
  readonly maxMessageBytes: number;
}

interface PersistRequest {
  readonly event: NormalizedEvent;
  readonly bots: readonly Bot[];
  readonly budget: RequestBudget;
}

const defaultRetryAfterMs = 5_000;

const putIntoArchive = async (ports: PersistPorts, { event, budget }: PersistRequest): Promise<Keeping> => {
  const result = await ports.archive(event.payload, budget.shareMs('archive'));
  if (result.ok) return { kind: 'archived', payload: result.value };
  const { error } = result;
  return { kind: 'not-kept', retryAfterMs: error.kind === 'circuit-open' ? error.retryAfterMs : defaultRetryAfterMs };
};

/** The archive, else its backlog queue: each store covers for the other. */
const keepInline = async (ports: PersistPorts, request: PersistRequest, encoded: EncodedEvent): Promise<Keeping> => {
  const keeping = await putIntoArchive(ports, request);
  if (keeping.kind !== 'not-kept') return keeping;
  const message = buildBacklogMessage(request.event.payload, encoded.body);
  const sent = await ports.send(archiveBacklogQueue, message, request.budget.shareMs('backlog'));
  return sent.ok ? { kind: 'backlogged' } : { ...keeping, backlogFault: sent.error };
};

const persistClaimCheck = async (ports: PersistPorts, request: PersistRequest): Promise<Persisted> => {
  const keeping = await putIntoArchive(ports, request);
  if (keeping.kind !== 'archived') return { keeping, routes: [] };
  const encoded = encodeClaimCheck(request.event, keeping.payload);
  return { keeping, routes: await routeEvent(ports.send, encoded, request.bots, request.budget.shareMs('route')) };
};

/**
 * Archives and routes one event. Side by side when the payload travels inside the message; a claim check waits for the
 * archive. Both are awaited: nothing runs on after the reply.
 */
export const persist = async (ports: PersistPorts, request: PersistRequest): Promise<Persisted> => {
  const encoded = encodeInline(request.event, ports.maxMessageBytes);
  if (encoded === undefined) return persistClaimCheck(ports, request);
  const [keeping, routes] = await Promise.all([
    keepInline(ports, request, encoded),
    routeEvent(ports.send, encoded, request.bots, request.budget.shareMs('route')),
  ]);
  return { keeping, routes };
};
