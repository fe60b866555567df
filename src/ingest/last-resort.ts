import type { ArchiveError } from '../archive/archive-error.js';
import type { ArchivedPayload, PayloadArchive, PayloadToArchive } from '../archive/payload-archive.js';
import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { Ordering } from '../delivery-order/in-order.js';
import type { Gate } from '../last-resort/gate.js';
import type { InsistOptions } from '../last-resort/gate-caller.js';
import type { GateReadings } from '../last-resort/gate-turns.js';
import type { OutboxRecord } from '../outbox/record/outbox-record.js';
import type { OutboxStore } from '../outbox/record/outbox-store.js';
import { archiveBacklogQueue, type EventQueue, type QueueMessage } from '../routing/event-queue.js';
import type { QueueError } from '../routing/queue-error.js';

/** What is tried when the ordinary way has refused, failed or not answered: each call through the gate of its dependency. */
export interface LastResort {
  readonly storage: GateReadings;
  readonly serviceBus: GateReadings;
  archive(payload: PayloadToArchive, options: InsistOptions): Promise<CallResult<ArchivedPayload, ArchiveError>>;
  record(record: OutboxRecord, options: InsistOptions): Promise<CallResult<void, ArchiveError>>;
  backlog(message: QueueMessage, options: InsistOptions): Promise<CallResult<void, QueueError>>;
  /** The same message in another namespace, whose backlog the account's drain empties likewise; absent: there is no other. */
  readonly backlogElsewhere?: LastResort['backlog'];
}

/** The gates by the names of the breakers they stand beside. */
export interface Gates {
  readonly 'blob-storage': Gate<ArchiveError>;
  readonly 'service-bus': Gate<QueueError>;
}

interface Stores {
  readonly archive: Pick<PayloadArchive, 'put'>;
  readonly outbox: Pick<OutboxStore, 'create'>;
  readonly queue: EventQueue;
  /** Tells the order of deliveries what is owed. */
  readonly ordering: Ordering;
}

/** Writes down in the backlog of a namespace by way of its gate, behind what its sessions are owed. */
export const gatedBacklog =
  ({ queue, ordering }: Pick<Stores, 'queue' | 'ordering'>, gate: Gate<QueueError>): LastResort['backlog'] =>
  (message, options) =>
    ordering.send((name) => gate.insist((signal) => queue.send(name, message, signal), options))(
      archiveBacklogQueue,
      message,
      options.timeoutMs,
    );

/** Puts the gates before the stores: the stores do not know about them. */
export const gatedStores = ({ archive, outbox, queue, ordering }: Stores, gates: Gates): LastResort => {
  const storage = gates['blob-storage'];
  const serviceBus = gates['service-bus'];
  return {
    storage,
    serviceBus,
    archive: (payload, options) => storage.insist((signal) => archive.put(payload, signal), options),
    record: (record, options) =>
      ordering
        .outbox({ create: (ordered) => storage.insist((signal) => outbox.create(ordered, signal), options) })
        .create(record, options.timeoutMs),
    backlog: gatedBacklog({ queue, ordering }, serviceBus),
  };
};
