import type { ArchiveError } from '../../archive/archive-error.js';
import { type GuardedRead, guardedArchive, guardedRead } from '../../archive/guarded-archive.js';
import type { PayloadArchive } from '../../archive/payload-archive.js';
import { type BatchStore, guardedBatches } from '../../batches/batch-store.js';
import type { GuardedCall } from '../../circuit-breaker/guarded-call.js';
import type { Log } from '../../observability/log/log.js';
import type { Metrics } from '../../observability/metrics/metrics.js';
import { guardedQuarantine, type QuarantineStore } from '../../quarantine/quarantine-store.js';
import type { QueueError } from '../../routing/queue-error.js';
import type { GuardedSend } from '../../routing/route-event.js';
import type { Clock } from '../../time/clock.js';
import type { ArchiveBacklogSource } from '../backlog/archive-backlog-source.js';
import { createDrainArchiveBacklog } from '../backlog/drain-archive-backlog.js';
import type { Delivered } from '../record/delivered-copies.js';
import { createOutboxFigures } from '../record/outbox-figures.js';
import { guardedOutbox, type OutboxStore } from '../record/outbox-store.js';
import type { DeliverPorts } from './deliver-ports.js';
import { createDrain } from './drain.js';
import { createDrainOutbox } from './drain-outbox.js';
import { TroubledRecords } from './troubled-records.js';

/** What a drain reads of a breaker before it begins with the next thing. */
interface Circuit {
  readonly retryAfterMs: number;
  readonly isHealthy: boolean;
}

/** One namespace as the timer sees it. */
export interface TimerNamespace {
  /** The backlog that it holds for this archive. */
  readonly backlog: ArchiveBacklogSource;
  readonly serviceBus: GuardedCall<unknown, QueueError>;
  readonly circuit: Circuit;
  /** Whether a copy goes there; absent: all do. */
  readonly isOurs?: DeliverPorts['isOurs'];
  readonly log: Log;
}

export interface OutboxTimerPorts {
  readonly archive: PayloadArchive;
  readonly outbox: OutboxStore;
  readonly batches: BatchStore;
  readonly quarantine: QuarantineStore;
  /** To whichever namespace a message belongs to. */
  readonly send: GuardedSend;
  /** From whichever account a payload lies in; absent: from the archive. */
  readonly readPayload?: GuardedRead;
  readonly storage: GuardedCall<unknown, ArchiveError>;
  readonly storageCircuit: Circuit;
  readonly namespaces: readonly TimerNamespace[];
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly delivered: Delivered;
  readonly maxAgeMs: number;
  readonly timeLimitMs: number;
}

/** The work of the outbox timer for one account, every call of which goes through the breaker of its dependency. */
export const createOutboxTimer = (ports: OutboxTimerPorts): ReturnType<typeof createDrain> => {
  const { storage, storageCircuit, send, clock, delivered, maxAgeMs } = ports;
  const outbox = guardedOutbox(ports.outbox, storage);
  const readPayload = guardedRead(ports.archive, storage);
  const stores = {
    archive: guardedArchive(ports.archive, storage),
    outbox,
    batches: guardedBatches(ports.batches, storage),
    quarantine: guardedQuarantine(ports.quarantine, storage),
  };
  const troubled = new TroubledRecords(ports);
  const namespaces = ports.namespaces.map(({ backlog, serviceBus, circuit, isOurs, log }) => ({
    archiveBacklog: createDrainArchiveBacklog({
      ...stores,
      source: backlog,
      readPayload,
      serviceBus,
      serviceBusCircuit: circuit,
      storageCircuit,
      clock,
      log,
    }),
    drainOutbox: createDrainOutbox({
      outbox,
      readPayload: ports.readPayload ?? readPayload,
      send,
      delivered,
      troubled,
      serviceBus: circuit,
      ...(isOurs !== undefined && { isOurs }),
      clock,
      log,
      maxAgeMs,
    }),
    log,
  }));
  const figures = createOutboxFigures({ store: ports.outbox, circuit: storageCircuit, clock });
  return createDrain({ namespaces, figures, clock, timeLimitMs: ports.timeLimitMs });
};
