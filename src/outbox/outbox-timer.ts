import type { ArchiveError } from '../archive/archive-error.js';
import { guardedArchive, guardedRead } from '../archive/guarded-archive.js';
import type { PayloadArchive } from '../archive/payload-archive.js';
import type { BatchStore } from '../batches/batch-store.js';
import { guardedBatches } from '../batches/guarded-batches.js';
import type { GuardedCall } from '../circuit-breaker/guarded-call.js';
import type { Log } from '../observability/log.js';
import type { Metrics } from '../observability/metrics.js';
import { guardedQuarantine } from '../quarantine/guarded-quarantine.js';
import type { QuarantineStore } from '../quarantine/quarantine-store.js';
import type { QueueError } from '../routing/queue-error.js';
import type { GuardedSend } from '../routing/route-event.js';
import type { Clock } from '../time/clock.js';
import type { ArchiveBacklogSource } from './archive-backlog-source.js';
import type { DeliveredCopies } from './delivered-copies.js';
import { createDrain } from './drain.js';
import { createDrainArchiveBacklog } from './drain-archive-backlog.js';
import { createDrainOutbox } from './drain-outbox.js';
import { guardedOutbox } from './guarded-outbox.js';
import { createOutboxFigures } from './outbox-figures.js';
import type { OutboxStore } from './outbox-store.js';
import { TroubledRecords } from './troubled-records.js';

/** What a drain reads of a breaker before it begins with the next thing. */
interface Circuit {
  readonly retryAfterMs: number;
  readonly isHealthy: boolean;
}

export interface OutboxTimerPorts {
  readonly archive: PayloadArchive;
  readonly outbox: OutboxStore;
  readonly batches: BatchStore;
  readonly quarantine: QuarantineStore;
  readonly send: GuardedSend;
  readonly backlog: ArchiveBacklogSource;
  readonly storage: GuardedCall<unknown, ArchiveError>;
  readonly serviceBus: GuardedCall<unknown, QueueError>;
  readonly circuits: { readonly storage: Circuit; readonly serviceBus: Circuit };
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly delivered: DeliveredCopies;
  readonly maxAgeMs: number;
}

/** The work of the outbox timer, every call of which goes through the breaker of its dependency. */
export const createOutboxTimer = (ports: OutboxTimerPorts): (() => Promise<boolean>) => {
  const { storage, serviceBus, send, circuits, clock, log, delivered, maxAgeMs } = ports;
  const outbox = guardedOutbox(ports.outbox, storage);
  const readPayload = guardedRead(ports.archive, storage);
  const drainArchiveBacklog = createDrainArchiveBacklog({
    source: ports.backlog,
    archive: guardedArchive(ports.archive, storage),
    readPayload,
    outbox,
    batches: guardedBatches(ports.batches, storage),
    quarantine: guardedQuarantine(ports.quarantine, storage),
    serviceBus,
    serviceBusCircuit: circuits.serviceBus,
    storageCircuit: circuits.storage,
    clock,
    log,
  });
  const drainOutbox = createDrainOutbox({
    outbox,
    readPayload,
    send,
    delivered,
    troubled: new TroubledRecords(ports),
    serviceBus: circuits.serviceBus,
    clock,
    log,
    maxAgeMs,
  });
  const figures = createOutboxFigures({ store: ports.outbox, circuit: circuits.storage, clock });
  return createDrain({ drainArchiveBacklog, drainOutbox, figures, clock, log });
};
