import type { ArchiveError } from '../archive/archive-error.js';
import type { ArchivedPayload } from '../archive/payload-archive.js';
import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { InsistOptions } from '../last-resort/gate-caller.js';
import { buildBacklogMessage } from '../outbox/backlog/archive-backlog.js';
import { type NewOwedCopy, newRecord } from '../outbox/record/new-record.js';
import type { GuardedOutbox } from '../outbox/record/outbox-store.js';
import { archiveBacklogQueue } from '../routing/event-queue.js';
import type { QueueError } from '../routing/queue-error.js';
import { type BotRoute, type GuardedSend, type QueueFault, refusalReason } from '../routing/route-event.js';
import type { Clock } from '../time/clock.js';
import { firstSuccess } from './first-success.js';
import type { LastResort } from './last-resort.js';
import { newlyOwedCopies } from './newly-owed-copies.js';
import type { NormalizedEvent } from './normalize.js';
import type { Archiving, OrdinaryWay } from './ordinary-way.js';
import type { Patiences, RequestBudget } from './time-limits.js';

/** Told of a call that may end after the reply, with the payload in its hands. */
export type Hold = (call: Promise<unknown>) => void;

/** Where an event is kept that did not get through on the ordinary way, with all that its bots are owed. */
export type Kept = Extract<Archiving, { readonly kind: 'archived' }> | { readonly kind: 'backlogged' };

/** `backlogFault`: what the backlog queue said, if it was asked. */
export type Outcome = Kept | { readonly kind: 'not-kept'; readonly backlogFault?: QueueFault };

export interface KeepRequest {
  readonly event: NormalizedEvent;
  readonly budget: RequestBudget;
  /** The envelope with the payload inside; absent for a claim check, which no message can stand in for. */
  readonly envelope: Buffer | undefined;
  readonly way: OrdinaryWay;
  /** Keeps the payload's place in memory until a call that another may overtake has ended. */
  readonly hold: Hold;
}

/** Begins a call, and holds the payload's place until it has ended. */
const held =
  <T>({ hold }: Pick<KeepRequest, 'hold'>, begin: () => Promise<T>): (() => Promise<T>) =>
  () => {
    const call = begin();
    hold(call);
    return call;
  };

export interface KeepPorts {
  readonly send: GuardedSend;
  readonly outbox: Pick<GuardedOutbox, 'create'>;
  readonly lastResort: LastResort;
  /** For how long each store is waited for alone. */
  readonly patience: Patiences;
  readonly clock: Pick<Clock, 'monotonicMs' | 'startTimer'>;
}

type StoreFault = ArchiveError | QueueError;

/** What both ways need to know. */
interface Attempt extends KeepRequest {
  readonly ports: KeepPorts;
  /** As of now: what got through meanwhile is not owed. */
  readonly undelivered: () => readonly NewOwedCopy[];
  readonly insist: () => InsistOptions;
  /** Aborted when the event has been kept: nothing begins after that. */
  readonly signal: AbortSignal;
}

/** What is tried beside another begins when the answer of that one is overdue. */
const staggerMs = ({ ports, budget }: Attempt, store: keyof Patiences): number =>
  Math.max(1, Math.min(ports.patience[store].waitMs, budget.hedgeMs()));

const archived = (payload: ArchivedPayload): CallResult<Kept, never> => ({
  ok: true,
  value: { kind: 'archived', payload },
});

const asResult = (archiving: Archiving): CallResult<ArchivedPayload, ArchiveError> =>
  archiving.kind === 'archived'
    ? { ok: true, value: archiving.payload }
    : { ok: false, error: { kind: 'timeout', breaker: 'blob-storage', timeoutMs: 0 } };

/** The archive's copy: it is there, it may still come on the ordinary way, or it takes the last resort. */
const archiveSomehow = ({
  ports,
  event,
  way,
  insist,
  signal,
}: Attempt): Promise<CallResult<ArchivedPayload, ArchiveError>> => {
  const byGate = () => ports.lastResort.archive(event.payload, insist());
  const { archive } = way;
  if (archive === undefined) {
    const byOrdinaryWay = async () => asResult(await way.archiving);
    return firstSuccess({ clock: ports.clock, attempts: [byOrdinaryWay, byGate], staggerMs: 0, signal });
  }
  return archive.kind === 'archived' ? Promise.resolve(asResult(archive)) : byGate();
};

const recordSomehow = (
  attempt: Attempt,
  payload: ArchivedPayload,
  undelivered: readonly NewOwedCopy[],
): Promise<CallResult<void, ArchiveError>> => {
  const { ports, event, envelope, budget, insist, signal } = attempt;
  const travels = envelope === undefined ? 'claim-check' : event.payload.verbatimJson ? 'json' : 'binary';
  const record = newRecord({ payload: event.payload, archived: payload, travels, undelivered });
  const ordinarily = held(attempt, () => ports.outbox.create(record, budget.shareMs('outbox')));
  const byGate = () => ports.lastResort.record(record, insist());
  const attempts = [ordinarily, byGate];
  return firstSuccess({ clock: ports.clock, attempts, staggerMs: staggerMs(attempt, 'storage'), signal });
};

const byStorage = async (attempt: Attempt): Promise<CallResult<Kept, StoreFault>> => {
  const put = await archiveSomehow(attempt);
  if (!put.ok) return put;
  const undelivered = attempt.signal.aborted ? [] : attempt.undelivered();
  const recorded = undelivered.length === 0 ? put : await recordSomehow(attempt, put.value, undelivered);
  return recorded.ok ? archived(put.value) : recorded;
};

const byServiceBus = async (attempt: Attempt, envelope: Buffer): Promise<CallResult<Kept, QueueError>> => {
  const { ports, event, undelivered, budget, insist, signal } = attempt;
  const message = buildBacklogMessage(event.payload, envelope, undelivered());
  const ordinarily = held(attempt, () => ports.send(archiveBacklogQueue, message, budget.shareMs('backlog')));
  const byGate = () => ports.lastResort.backlog(message, insist());
  const sent = await firstSuccess({
    clock: ports.clock,
    attempts: [ordinarily, byGate],
    staggerMs: staggerMs(attempt, 'serviceBus'),
    signal,
  });
  return sent.ok ? { ok: true, value: { kind: 'backlogged' } } : sent;
};

/** In the backlog of another namespace: it comes to its own account from there, behind what its sessions are owed. */
const byOtherServiceBus = async (
  { event, undelivered, insist }: Attempt,
  envelope: Buffer,
  backlogElsewhere: LastResort['backlog'],
): Promise<CallResult<Kept, QueueError>> => {
  const message = buildBacklogMessage(event.payload, envelope, undelivered());
  const sent = await backlogElsewhere(message, { ...insist(), worthWaiting: () => false });
  return sent.ok ? { ok: true, value: { kind: 'backlogged' } } : sent;
};

const everyBotHasIt = (routes: readonly BotRoute[]): boolean =>
  routes.length > 0 && routes.every(({ kind }) => kind === 'routed');

/** Which store is asked first, and whether the other waits for it. */
const orderOf = ({ ports, way }: Attempt): { readonly first: keyof Patiences; readonly apart: boolean } => {
  if (way.archive?.kind === 'archived') return { first: 'storage', apart: true };
  if (!way.routes.some(({ kind }) => kind === 'owed')) return { first: 'serviceBus', apart: true };
  const answers = (store: keyof Patiences): boolean => ports.lastResort[store].works && !ports.patience[store].isSilent;
  if (answers('storage') !== answers('serviceBus'))
    return { first: answers('storage') ? 'storage' : 'serviceBus', apart: true };
  const isAnswered = way.archive !== undefined && !way.isRouting;
  return { first: 'storage', apart: isAnswered && ports.lastResort.storage.works };
};

/**
 * The way of last resort: the archive with an outbox record, or the backlog queue with what is owed, whichever takes it. Neither a
 * breaker nor a failure ends it before the request's time is up, unless both stores have been failing for some seconds.
 */
export const keepSomehow = async (ports: KeepPorts, request: KeepRequest, signal: AbortSignal): Promise<Outcome> => {
  const { event, budget, envelope, way, hold } = request;
  const { clock, lastResort } = ports;
  const untilMs = clock.monotonicMs() + budget.shareMs('lastResort');
  const timeLeftMs = () => Math.max(0, untilMs - clock.monotonicMs());
  const worthWaiting = () =>
    envelope === undefined || !(lastResort.storage.isHopeless && lastResort.serviceBus.isHopeless);
  const insist = (): InsistOptions => ({ timeoutMs: timeLeftMs(), worthWaiting, signal, onTry: hold });
  const undelivered = () => newlyOwedCopies(event, way.routes);
  const attempt = { ...request, ports, undelivered, insist, signal };

  let backlogFault: QueueFault | undefined;
  const storage = held(request, (): Promise<CallResult<Outcome, StoreFault>> => byStorage(attempt));
  const serviceBus = held(request, async (): Promise<CallResult<Outcome, StoreFault>> => {
    const kept = await byServiceBus(attempt, envelope ?? Buffer.alloc(0));
    if (kept.ok) return kept;
    backlogFault = kept.error;
    // No repeat cures a backlog queue that refuses, and every bot has the event: the sender need not wait for the archive.
    const isHeld = refusalReason(backlogFault) !== undefined && everyBotHasIt(way.routes);
    return isHeld ? { ok: true, value: { kind: 'not-kept', backlogFault } } : kept;
  });
  if (envelope === undefined) {
    const kept = await storage();
    return kept.ok ? kept.value : { kind: 'not-kept' };
  }
  const { first, apart } = orderOf(attempt);
  const attempts = first === 'storage' ? [storage, serviceBus] : [serviceBus, storage];
  const own = () => firstSuccess({ clock, attempts, staggerMs: apart ? staggerMs(attempt, first) : 0, signal });
  const { backlogElsewhere } = lastResort;
  const elsewhere = backlogElsewhere && held(request, () => byOtherServiceBus(attempt, envelope, backlogElsewhere));
  const kept = await firstSuccess<Outcome, StoreFault>({
    clock,
    attempts: [own, ...(elsewhere === undefined ? [] : [elsewhere])],
    staggerMs: budget.hedgeMs(),
    signal,
  });
  return kept.ok ? kept.value : { kind: 'not-kept', ...(backlogFault && { backlogFault }) };
};
