import { eventMessageId } from '../../envelope/event-identity.js';
import type { OwedCopy } from '../record/outbox-record.js';
import type { StoredRecord } from '../record/outbox-store.js';
import { callTimeoutMs, type DeliverPorts } from './deliver-ports.js';
import type { DrainRun } from './drain-run.js';
import { type RebuiltEvent, rebuildEvent } from './rebuild-event.js';
import type { Answering } from './relative-time.js';
import { type Results, sendCopies } from './send-copies.js';
import { storageFailed, writeDown } from './write-down.js';

/** The copies of a record that cannot be made again fail without being sent; a payload that is refused may be an operator's fault. */
const attempt = async (
  ports: DeliverPorts,
  run: DrainRun,
  { stored: { record }, rebuilt }: { readonly stored: StoredRecord; readonly rebuilt: RebuiltEvent },
  due: readonly OwedCopy[],
): Promise<Results> => {
  if (rebuilt.kind === 'rebuilt') return sendCopies(ports, run, { record, event: rebuilt.event }, due);
  if (rebuilt.kind === 'unavailable') {
    if (rebuilt.storageOpen) run.stop('blob-storage');
    return new Map();
  }
  for (const delivery of due) run.failed(delivery);
  const { kind, reason } = rebuilt;
  return new Map(due.map((delivery) => [delivery, { kind: 'failed', reason, hopeless: kind === 'damaged' }]));
};

/** What has not arrived, as far as is known: what has holds up nobody, though its record still says that it is owed. */
const notArrived = ({ delivered }: DeliverPorts, { record }: StoredRecord): readonly OwedCopy[] => {
  const messageId = eventMessageId({ ...record.attributes, sha256: record.payload.sha256 });
  return record.owed.filter(({ queue }) => !delivered.has(queue, messageId));
};

const unanswered = (run: DrainRun): Answering => {
  run.tryAgain();
  return 'unanswered';
};

/**
 * Delivers what one record owes, under its lease, and writes down what became of it. May be killed anywhere: what was sent
 * but not written down is sent again under the same message id. Never throws because a dependency fails; answers whether one did.
 */
export const deliverRecord = async (ports: DeliverPorts, run: DrainRun, stored: StoredRecord): Promise<Answering> => {
  const { record } = stored;
  if (ports.troubled.rests(stored.name)) {
    run.hold(notArrived(ports, stored));
    return 'untried';
  }
  if (ports.serviceBus.retryAfterMs > 0) run.stop('service-bus');
  const ours = ports.isOurs === undefined ? record.owed : record.owed.filter((copy) => ports.isOurs?.(record, copy));
  const due = run.stopped ? [] : ours.filter((delivery) => run.mayDeliver(delivery, record));
  if (due.length === 0) {
    run.hold(record.owed);
    return 'untried';
  }
  const leasedMs = ports.clock.monotonicMs();
  // Side by side: a payload that is read for a record of another instance is read in vain, and harms nobody.
  const [leasing, rebuilt] = await Promise.all([
    ports.outbox.lease(stored, callTimeoutMs),
    rebuildEvent(ports.readPayload, record, callTimeoutMs),
  ]);
  if (!leasing.ok) {
    storageFailed(run, leasing.error, record);
    return unanswered(run);
  }
  const lease = leasing.value;
  if (lease === 'taken') run.takenByAnother(stored);
  if (typeof lease === 'string') return 'untried';
  const results = await attempt(ports, run, { stored, rebuilt }, due);
  const isWritten = await writeDown(ports, run, { ...lease, leasedMs }, { record, results });
  const isAnswered = isWritten && due.every((copy) => (results.get(copy)?.kind ?? 'left') !== 'left');
  return isAnswered ? 'answered' : unanswered(run);
};
