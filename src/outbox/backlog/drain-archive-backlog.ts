import * as z from 'zod';
import type { ArchiveError } from '../../archive/archive-error.js';
import type { GuardedArchive, GuardedRead } from '../../archive/guarded-archive.js';
import { readBatchMessage } from '../../batches/batch-message.js';
import type { GuardedBatches } from '../../batches/batch-store.js';
import type { CallResult } from '../../circuit-breaker/call-errors.js';
import type { GuardedCall } from '../../circuit-breaker/guarded-call.js';
import type { Log } from '../../observability/log/log.js';
import { readQuarantineMessage } from '../../quarantine/quarantine-message.js';
import type { GuardedQuarantine } from '../../quarantine/quarantine-store.js';
import { lanesOf } from '../../routing/address-message.js';
import type { QueueError } from '../../routing/queue-error.js';
import { parseJson } from '../../text/text.js';
import type { Clock } from '../../time/clock.js';
import { newOwedCopySchema, newRecord } from '../record/new-record.js';
import type { GuardedOutbox } from '../record/outbox-store.js';
import type { ArchiveBacklogSource, BackloggedMessage, BacklogLink, PeekedMessage } from './archive-backlog-source.js';
import { type Backlogged, readBacklogged } from './read-backlogged.js';

export interface DrainArchiveBacklogPorts {
  readonly source: ArchiveBacklogSource;
  readonly archive: GuardedArchive;
  readonly readPayload: GuardedRead;
  readonly outbox: Pick<GuardedOutbox, 'create'>;
  readonly batches: Pick<GuardedBatches, 'create'>;
  readonly quarantine: Pick<GuardedQuarantine, 'create'>;
  readonly serviceBus: GuardedCall<unknown, QueueError>;
  /** The Service Bus breaker, for reading only. */
  readonly serviceBusCircuit: { readonly retryAfterMs: number };
  /** The storage breaker, for reading only. */
  readonly storageCircuit: { readonly isHealthy: boolean };
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly log: Log;
}

/** Why a run of the timer came to no end. */
export type StopReason = 'time-limit' | 'service-bus' | 'blob-storage';

export interface BacklogReport {
  readonly archived: number;
  readonly deadLettered: number;
  readonly stoppedBy?: StopReason;
}

/** The lanes of what is left; `all` when it is not known whose they are. */
export type LeftLanes = ReadonlySet<string> | 'all';

export interface ArchiveBacklogDrain {
  /** Moves the backlog into the archive until `untilMs` on the monotonic clock. */
  move(untilMs: number): Promise<BacklogReport>;
  /** Whose copies may yet come out of it, from another instance's hands too: as of now, and `all` when that cannot be seen. */
  whoIsLeft(): Promise<LeftLanes>;
}

const batchSize = 16;
const callTimeoutMs = 5_000;

type Payload = Extract<Backlogged, { kind: 'payload' }>;
type Fate = 'archived' | 'dead-lettered' | 'storage-failed' | 'passed-over';

/** A message that is refused by itself is put aside after so many receipts. */
const mostDeliveries = 10;

/** Into the archive, and its owed copies into the outbox: both create-only, so that a repeat changes nothing. */
const store = async (
  { archive, outbox }: DrainArchiveBacklogPorts,
  { payload, ...rest }: Payload,
): Promise<CallResult<unknown, ArchiveError>> => {
  const put = await archive(payload, callTimeoutMs);
  if (!put.ok || rest.undelivered.length === 0) return put;
  return outbox.create(newRecord({ payload, archived: put.value, ...rest }), callTimeoutMs);
};

/** A settlement that fails leaves the message locked for a while; then it comes again, which is harmless. */
const settleMessage = async (
  { serviceBus }: DrainArchiveBacklogPorts,
  settlement: (signal: AbortSignal) => Promise<void>,
): Promise<void> => void (await serviceBus.call(settlement, { timeoutMs: callTimeoutMs }));

const putAside = async (
  ports: DrainArchiveBacklogPorts,
  message: BackloggedMessage,
  reason: string,
): Promise<'dead-lettered'> => {
  ports.log.write('error', 'archive-backlog.dead-lettered', { reason });
  await settleMessage(ports, (signal) => message.deadLetter(reason, signal));
  return 'dead-lettered';
};

/** The payload of an event, a part of a batch that waits to be taken apart, or a delivery that is to wait in quarantine. */
const moveOne = async (ports: DrainArchiveBacklogPorts, message: BackloggedMessage): Promise<Fate> => {
  const part = readBatchMessage(message);
  if (part === 'damaged') return putAside(ports, message, 'not-a-batch');
  if (part !== undefined) return settleStored(ports, message, await ports.batches.create(part, callTimeoutMs));
  const record = readQuarantineMessage(message);
  if (record === 'damaged') return putAside(ports, message, 'not-quarantined');
  if (record !== undefined) {
    return settleStored(ports, message, await ports.quarantine.create(record.name, record.bytes, callTimeoutMs));
  }
  const backlogged = readBacklogged(message);
  if (backlogged.kind === 'damaged') return putAside(ports, message, backlogged.reason);
  return settleStored(ports, message, await store(ports, backlogged));
};

/** Storage answers, and takes this one not. */
const isRefused = (stored: CallResult<unknown, ArchiveError>): boolean =>
  !stored.ok && stored.error.kind === 'operation-failed' && stored.error.cause.code === 'refused';

/** Its lock runs out by itself, so that it does not come again in this run and take the time of the others. */
const passOver = async (ports: DrainArchiveBacklogPorts, message: BackloggedMessage, reason: string): Promise<Fate> =>
  message.deliveries >= mostDeliveries ? putAside(ports, message, reason) : 'passed-over';

/** Whatever one message does, the others go on. */
const moveSafely = async (ports: DrainArchiveBacklogPorts, message: BackloggedMessage): Promise<Fate> => {
  try {
    return await moveOne(ports, message);
  } catch {
    return passOver(ports, message, 'cannot-be-moved');
  }
};

const settleStored = async (
  ports: DrainArchiveBacklogPorts,
  message: BackloggedMessage,
  stored: CallResult<unknown, ArchiveError>,
): Promise<Fate> => {
  if (isRefused(stored)) return passOver(ports, message, 'refused-by-storage');
  await settleMessage(ports, (signal) => (stored.ok ? message.complete(signal) : message.abandon(signal)));
  return stored.ok ? 'archived' : 'storage-failed';
};

interface Tally {
  archived: number;
  deadLettered: number;
  /** What stays although storage answers: it holds up nobody. */
  readonly passedOver: Set<string>;
  stoppedBy: StopReason | undefined;
}

/** One at a time while the storage breaker is only probing: each receipt counts against the queue's delivery limit. */
const moveBatch = async (ports: DrainArchiveBacklogPorts, link: BacklogLink, tally: Tally): Promise<boolean> => {
  const limit = ports.storageCircuit.isHealthy ? batchSize : 1;
  const receiving = await ports.serviceBus.call((signal) => link.receive(limit, signal), { timeoutMs: callTimeoutMs });
  if (!receiving.ok) {
    tally.stoppedBy = 'service-bus';
    return false;
  }
  const fates = await Promise.all(receiving.value.map((message) => moveSafely(ports, message)));
  tally.archived += fates.filter((fate) => fate === 'archived').length;
  tally.deadLettered += fates.filter((fate) => fate === 'dead-lettered').length;
  for (const [index, message] of receiving.value.entries()) {
    if (fates[index] === 'passed-over') tally.passedOver.add(identify(message));
  }
  if (fates.includes('storage-failed')) tally.stoppedBy = 'blob-storage';
  return fates.length > 0;
};

const owedSchema = z.array(newOwedCopySchema);

/** The properties name the event, the part of a batch or the quarantined delivery. */
const identify = ({ applicationProperties }: PeekedMessage): string => JSON.stringify(applicationProperties);

/** The lanes of one message; a part of a batch has no order with anything. */
const lanesIn = ({ applicationProperties }: PeekedMessage): readonly string[] | 'all' => {
  const { batch, quarantine, owed = '[]' } = applicationProperties;
  if (batch !== undefined) return [];
  const copies = quarantine === undefined ? owedSchema.safeParse(parseJson(owed)).data : undefined;
  return copies === undefined ? 'all' : lanesOf(copies);
};

/** More than this is not looked through: payloads come along. */
const mostPeeked = 64;

/**
 * What another instance is moving, or had when it was killed, is not received here, yet is still there: only its lanes wait for it. After a look
 * that fails every lane does, since any may have an elder there.
 */
const lookWhoIsLeft = async (
  { serviceBus }: DrainArchiveBacklogPorts,
  link: BacklogLink,
  passedOver: ReadonlySet<string>,
): Promise<LeftLanes> => {
  const lanes = new Set<string>();
  for (let seen = 0; seen < mostPeeked; ) {
    const limit = mostPeeked - seen;
    const peeking = await serviceBus.call((signal) => link.peek(limit, signal), { timeoutMs: callTimeoutMs });
    if (!peeking.ok) return 'all';
    if (peeking.value.length === 0) return lanes;
    seen += peeking.value.length;
    const others = peeking.value.filter((message) => !passedOver.has(identify(message)));
    for (const one of others.map(lanesIn)) {
      if (one === 'all') return 'all';
      for (const lane of one) lanes.add(lane);
    }
  }
  return 'all';
};

/** A name that no payload has: reading it asks storage whether it is there, and changes nothing. */
const probedName = 'health/probe';

/**
 * Empties the archive backlog into the archive once storage is back. Storage is asked first, through its breaker, so that no
 * message is received in vain; a message is completed after the archive has its payload.
 */
export const createDrainArchiveBacklog = (ports: DrainArchiveBacklogPorts): ArchiveBacklogDrain => {
  let last: Tally = { archived: 0, deadLettered: 0, passedOver: new Set(), stoppedBy: undefined };

  const withLink = async <T>(work: (link: BacklogLink) => Promise<T>): Promise<T> => {
    const link = ports.source.open();
    try {
      return await work(link);
    } finally {
      await link.close();
    }
  };

  const moveAll = (tally: Tally, untilMs: number): Promise<void> =>
    withLink(async (link) => {
      let more = true;
      while (more && tally.stoppedBy === undefined) {
        if (ports.clock.monotonicMs() >= untilMs) tally.stoppedBy = 'time-limit';
        else more = await moveBatch(ports, link, tally);
      }
    });

  return {
    move: async (untilMs) => {
      const tally: Tally = { archived: 0, deadLettered: 0, passedOver: new Set(), stoppedBy: undefined };
      last = tally;
      if (ports.serviceBusCircuit.retryAfterMs > 0) tally.stoppedBy = 'service-bus';
      else if (!(await ports.readPayload(probedName, callTimeoutMs)).ok) tally.stoppedBy = 'blob-storage';
      else await moveAll(tally, untilMs);
      const { stoppedBy, passedOver: _, ...counts } = tally;
      return { ...counts, ...(stoppedBy !== undefined && { stoppedBy }) };
    },
    whoIsLeft: async () =>
      last.stoppedBy === undefined ? withLink((link) => lookWhoIsLeft(ports, link, last.passedOver)) : 'all',
  };
};
