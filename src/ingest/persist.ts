import type { GuardedArchive } from '../archive/guarded-archive.js';
import { lapOf, type StartLaps } from '../observability/metrics/metrics-store.js';
import type { EncodedEvent } from '../routing/address-message.js';
import type { Bot } from '../routing/bot.js';
import { type BotRoute, isOpen, type QueueFault, routeToBot, routeToEach } from '../routing/route-event.js';
import { type Hold, type KeepPorts, type KeepRequest, type Kept, keepSomehow } from './keep-somehow.js';
import { encodeClaimCheck, encodeInline, type NormalizedEvent } from './normalize.js';
import { type Archiving, OrdinaryWay } from './ordinary-way.js';
import { archiveCause, type CauseReason } from './outcome.js';
import type { RequestBudget } from './time-limits.js';

/** Where the payload's durable copy is: the archive, the queue that stands in for it, or nowhere. */
export type Keeping =
  | Kept
  | { readonly kind: 'not-kept'; readonly retryAfterMs: number; readonly backlogFault?: QueueFault };

export interface Persisted {
  readonly keeping: Keeping;
  /** One entry for each matched bot; empty when a claim check had nowhere to lie. */
  readonly routes: readonly BotRoute[];
  /** Why the archive's copy failed on the ordinary way, if it did. */
  readonly archiveReason?: CauseReason;
  /** Whether every copy that did not get through is written down durably; true when all did. */
  readonly owedRecorded: boolean;
}

/** `isHeldUp`: every copy that is owed waits for a breaker that refuses. */
export type OnOwed = (isHeldUp: boolean) => void;

export interface PersistPorts extends KeepPorts {
  readonly archive: GuardedArchive;
  /** Of several accounts and namespaces, those that an event belongs to; absent: there is one of each. */
  readonly storesFor?: (event: NormalizedEvent, bots: readonly Bot[]) => Pick<KeepPorts, 'lastResort' | 'patience'>;
  /** What the sender is told of an event that is kept, yet owed to some queues because Service Bus fails. */
  readonly queueUnavailable: 'reject' | 'defer';
  /** Largest envelope, in bytes, that travels inside a message. */
  readonly maxMessageBytes: number;
  /** Told when something was written down that a timer will bring to its place. */
  readonly onOwed?: OnOwed;
}

interface PersistRequest {
  /** Absent: nobody counts what is held. */
  readonly hold?: Hold | undefined;
  readonly event: NormalizedEvent;
  readonly bots: readonly Bot[];
  readonly budget: RequestBudget;
}

const holdNothing: Hold = () => {};

/** What the sender is told to wait when nothing says how long. */
export const defaultRetryAfterMs = 5_000;

const putIntoArchive = async (ports: PersistPorts, { event, budget }: PersistRequest): Promise<Archiving> => {
  const result = await ports.archive(event.payload, budget.shareMs('archive'));
  if (result.ok) return { kind: 'archived', payload: result.value };
  const { error } = result;
  const retryAfterMs = error.kind === 'circuit-open' ? error.retryAfterMs : defaultRetryAfterMs;
  return { kind: 'not-kept', retryAfterMs, reason: archiveCause(error) };
};

/** For so long the archive alone is waited for while no bot has the event: until it answers, nobody has. */
const whileNowhereMs = 250;

/** Resolves a moment later when no queue has taken the event, though Service Bus may take a copy; else never. `cancel` ends the timer. */
const nowhereForAMoment = ({ clock, lastResort, patience }: PersistPorts, way: OrdinaryWay) => {
  let cancel = (): void => {};
  let isOver = false;
  const passed = new Promise<void>((resolve) => {
    void way.routed.then(() => {
      const mayTakeCopy = lastResort.serviceBus.works && !patience.serviceBus.isSilent;
      if (!isOver && !way.hasArrived && mayTakeCopy) cancel = clock.startTimer(whileNowhereMs, resolve);
    });
  });
  return {
    passed,
    cancel: (): void => {
      isOver = true;
      cancel();
    },
  };
};

/** Resolves when both stores have answered, or are overdue. */
const answeredOrOverdue = async (ports: PersistPorts, way: OrdinaryWay, budget: RequestBudget): Promise<void> => {
  const { patience } = ports;
  const mostMs = budget.hedgeMs();
  const archived = patience.storage.wait(way.archiving, mostMs);
  await patience.serviceBus.wait(way.routed, mostMs);
  if (way.archive !== undefined) return;
  const nowhere = nowhereForAMoment(ports, way);
  await Promise.race([archived, nowhere.passed]);
  nowhere.cancel();
};

const isHeldUp = (routes: readonly BotRoute[]): boolean => {
  const owed = routes.filter(({ kind }) => kind !== 'routed');
  return owed.length > 0 && owed.every((route) => route.kind === 'owed' && isOpen(route.fault));
};

/** Why the archive has no copy, as far as the ordinary way knows. */
const reasonIn = ({ archive }: OrdinaryWay): Pick<Persisted, 'archiveReason'> => {
  if (archive?.kind === 'archived') return {};
  return { archiveReason: archive?.reason ?? 'timeout' };
};

const complete = (way: OrdinaryWay, keeping: Keeping): Persisted => ({
  keeping,
  routes: way.routes,
  owedRecorded: true,
  ...(keeping.kind !== 'archived' && reasonIn(way)),
});

const notKept = (way: OrdinaryWay, backlogFault: QueueFault | undefined): Persisted => {
  const { archive, routes } = way;
  const retryAfterMs = archive?.kind === 'not-kept' ? archive.retryAfterMs : defaultRetryAfterMs;
  const keeping: Keeping =
    archive?.kind === 'archived'
      ? archive
      : { kind: 'not-kept', retryAfterMs, ...(backlogFault !== undefined && { backlogFault }) };
  const owedRecorded = routes.every(({ kind }) => kind === 'routed');
  return { keeping, routes, owedRecorded, ...(keeping.kind !== 'archived' && reasonIn(way)) };
};

/** Only a whole success ends the wait for the last resort. */
const whenComplete = async (way: OrdinaryWay): Promise<'complete'> => {
  await way.ended;
  return way.isComplete ? 'complete' : new Promise(() => {});
};

/**
 * Sees an event through whose ordinary way has begun. When that has failed, or has not answered for a while, the last resort
 * begins beside it: the ids make a second copy harmless. The sender of a kept event need not wait for bots that are slow, unless it would be
 * told that they have to come again.
 */
const seeThrough = async (ports: PersistPorts, request: KeepRequest): Promise<Persisted> => {
  const { way, budget, hold } = request;
  await answeredOrOverdue(ports, way, budget);
  if (way.isComplete && way.archive?.kind === 'archived') return complete(way, way.archive);
  hold(way.ended);
  const done = new AbortController();
  const keeping = keepSomehow(ports, request, done.signal);
  const first = await Promise.race([keeping, whenComplete(way)]);
  if (first !== 'complete' && first.kind === 'not-kept') await way.ended;
  done.abort();
  if (way.isComplete && way.archive?.kind === 'archived') return complete(way, way.archive);
  if (first === 'complete' || first.kind === 'not-kept') {
    return notKept(way, first === 'complete' ? undefined : first.backlogFault);
  }
  ports.onOwed?.(isHeldUp(way.routes));
  if (ports.queueUnavailable === 'reject' && way.isRouting) await way.routed;
  return complete(way, way.archive?.kind === 'archived' ? way.archive : first);
};

const persistClaimCheck = async (ports: PersistPorts, request: PersistRequest): Promise<Persisted> => {
  const { event, budget, bots, hold = holdNothing } = request;
  const { clock } = ports;
  const put = new OrdinaryWay({ archiving: putIntoArchive(ports, request), bots: [], routing: [], clock });
  const stored = await seeThrough(ports, { event, budget, envelope: undefined, way: put, hold });
  if (stored.keeping.kind !== 'archived') return { ...stored, owedRecorded: true };
  const encoded = encodeClaimCheck(event, stored.keeping.payload);
  const routing = routeToEach(ports.send, encoded, bots, budget.shareMs('route'));
  const way = new OrdinaryWay({ archiving: Promise.resolve(stored.keeping), bots, routing, clock });
  return seeThrough(ports, { event, budget, envelope: undefined, way, hold });
};

/** A queue that takes no message of this size gets a claim check as soon as the payload lies where that says. */
const orClaimCheck = async (
  ports: PersistPorts,
  { event, budget }: PersistRequest,
  { sent, archiving }: { readonly sent: Promise<BotRoute>; readonly archiving: Promise<Archiving> },
): Promise<BotRoute> => {
  const route = await sent;
  if (route.kind !== 'refused' || route.reason !== 'message-too-large') return route;
  const archive = await archiving;
  if (archive.kind !== 'archived') return route;
  const encoded = encodeClaimCheck(event, archive.payload);
  return routeToBot(ports.send, encoded, { bot: route.bot, timeoutMs: budget.shareMs('route') });
};

const persistInline = (ports: PersistPorts, request: PersistRequest, encoded: EncodedEvent): Promise<Persisted> => {
  const { event, budget, bots, hold = holdNothing } = request;
  const archiving = putIntoArchive(ports, request);
  const sends = routeToEach(ports.send, encoded, bots, budget.shareMs('route'));
  const way = new OrdinaryWay({
    archiving,
    bots,
    routing: sends.map((sent) => orClaimCheck(ports, request, { sent, archiving })),
    clock: ports.clock,
  });
  return seeThrough(ports, { event, budget, envelope: encoded.body, way, hold });
};

/** The same calls of the archive and of a queue, each of which is a lap. */
export const timed = (
  { archive, send }: Pick<PersistPorts, 'archive' | 'send'>,
  startLaps: StartLaps,
): Pick<PersistPorts, 'archive' | 'send'> => ({
  archive: (...put) => lapOf(startLaps(), 'archive', archive(...put)),
  send: (...sent) => lapOf(startLaps(), 'route', send(...sent)),
});

/**
 * Archives and routes one event, and writes down what some queues are still owed. Archive and route run side by side when
 * the payload travels inside the message; a claim check waits for the archive. What the reply says is awaited; a call that the last
 * resort has overtaken may end after it, and then changes nothing.
 */
export const persist = (ports: PersistPorts, request: PersistRequest): Promise<Persisted> => {
  const { event, bots } = request;
  const encoded = encodeInline(event, ports.maxMessageBytes);
  const own = ports.storesFor === undefined ? ports : { ...ports, ...ports.storesFor(event, bots) };
  return encoded === undefined ? persistClaimCheck(own, request) : persistInline(own, request, encoded);
};
