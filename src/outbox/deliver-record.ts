import type { ArchiveError } from '../archive/archive-error.js';
import type { GuardedRead } from '../archive/guarded-archive.js';
import type { CircuitBreakerError } from '../circuit-breaker/call-result.js';
import type { Clock } from '../circuit-breaker/clock.js';
import type { Log } from '../observability/log.js';
import { addressMessage, type EncodedEvent } from '../routing/build-message.js';
import { isHeldBack } from '../routing/isolated-send.js';
import { type GuardedSend, type QueueFault, refusalReason } from '../routing/route-event.js';
import type { DrainRun } from './drain-run.js';
import { failureReason } from './failure-reason.js';
import type { GuardedOutbox } from './guarded-outbox.js';
import type { OutboxRecord, OwedDelivery } from './outbox-record.js';
import type { RecordLease, StoredRecord } from './outbox-store.js';
import { type RebuiltEvent, rebuildEvent } from './rebuild-event.js';
import { type CopyResult, settleOwed } from './settle-owed.js';

export interface DeliverPorts {
  readonly outbox: GuardedOutbox;
  readonly readPayload: GuardedRead;
  readonly send: GuardedSend;
  /** The Service Bus breaker, for reading only. */
  readonly serviceBus: { readonly retryAfterMs: number; readonly isHealthy: boolean };
  readonly clock: Pick<Clock, 'epochMs'>;
  readonly log: Log;
  readonly maxAgeMs: number;
}

/** Each call's share: reading, sending and writing one record together stay below its lease. */
export const callTimeoutMs = 8_000;

type Results = Map<OwedDelivery, CopyResult>;

/** Queue errors that lie in the message itself: no repeat and no operator can cure them. */
const hopelessReasons: ReadonlySet<string> = new Set(['message-too-large', 'refused']);

const resultOf = (run: DrainRun, fault: QueueFault): CopyResult => {
  if (isHeldBack(fault)) return { kind: 'held-back' };
  if (fault.kind === 'circuit-open') run.stop('service-bus');
  if (fault.kind === 'circuit-open' || fault.kind === 'too-many-concurrent-requests') return { kind: 'left' };
  const reason = failureReason(fault);
  if (refusalReason(fault) === undefined && !run.hasDelivered) return { kind: 'left' };
  return { kind: 'failed', reason, hopeless: hopelessReasons.has(reason) };
};

const sendCopy = async (
  { send }: DeliverPorts,
  run: DrainRun,
  event: Omit<EncodedEvent, 'sessionKeys'>,
  delivery: OwedDelivery,
): Promise<CopyResult> => {
  const { queue } = delivery;
  const message = addressMessage(event, delivery);
  const probe = run.underWayTo(queue);
  const sent = await run.under(queue, send(queue, message, callTimeoutMs));
  if (sent.ok) return { kind: 'delivered' };
  if (!isHeldBack(sent.error) || probe === undefined) return resultOf(run, sent.error);
  // A queue that is tried again after its cool-down is tried with one message; what came beside that one waits for how it ends.
  await probe;
  const again = await send(queue, message, callTimeoutMs);
  return again.ok ? { kind: 'delivered' } : resultOf(run, again.error);
};

/** Side by side; one after the other while the breaker is only probing. */
const sendCopies = async (
  ports: DeliverPorts,
  run: DrainRun,
  event: Omit<EncodedEvent, 'sessionKeys'>,
  due: readonly OwedDelivery[],
): Promise<Results> => {
  const results: Results = new Map();
  const one = async (delivery: OwedDelivery): Promise<void> => {
    const result = await sendCopy(ports, run, event, delivery);
    results.set(delivery, result);
    if (result.kind === 'delivered') run.delivered();
    if (result.kind === 'failed') run.failed(delivery);
    if (result.kind === 'held-back') run.leave(delivery.queue);
  };
  if (ports.serviceBus.isHealthy) {
    await Promise.all(due.map(one));
    return results;
  }
  for (const delivery of due) if (!run.stopped) await one(delivery);
  return results;
};

const storageFailed = (run: DrainRun, error: CircuitBreakerError<ArchiveError>, record: OutboxRecord): void => {
  run.hold(record.owed);
  if (error.kind === 'circuit-open') run.stop('blob-storage');
};

/** The copies of a record that cannot be made again fail without being sent. */
const attempt = async (
  ports: DeliverPorts,
  run: DrainRun,
  rebuilt: RebuiltEvent,
  due: readonly OwedDelivery[],
): Promise<Results> => {
  if (rebuilt.kind === 'rebuilt') return sendCopies(ports, run, rebuilt.event, due);
  if (rebuilt.kind === 'unavailable') {
    if (rebuilt.storageOpen) run.stop('blob-storage');
    return new Map();
  }
  for (const delivery of due) run.failed(delivery);
  return new Map(due.map((delivery) => [delivery, { kind: 'failed', reason: rebuilt.reason, hopeless: true }]));
};

/** Writes down what became of the copies. What cannot be written is delivered again, under the same message ids. */
const writeDown = async (
  ports: DeliverPorts,
  run: DrainRun,
  lease: RecordLease,
  { record, results }: { readonly record: OutboxRecord; readonly results: Results },
): Promise<void> => {
  const { outbox, clock, maxAgeMs, log } = ports;
  const { rest, letter } = settleOwed(record, results, { atMs: clock.epochMs(), maxAgeMs });
  if (rest !== undefined) run.hold(rest.owed);
  if (letter !== undefined) {
    const buried = await outbox.deadLetter(letter, callTimeoutMs);
    if (!buried.ok) {
      storageFailed(run, buried.error, letter);
      await outbox.release(lease, callTimeoutMs);
      return;
    }
    run.deadLettered(letter.owed.length);
    const { id, type, provider, correlationid: correlationId } = letter.attributes;
    const bots = letter.owed.map(({ bot }) => bot);
    log.write('error', 'outbox.dead-lettered', { correlationId, id, type, provider, bots, reason: letter.reason });
  }
  if (rest === undefined) return void (await outbox.remove(lease, callTimeoutMs));
  const changed = [...results.values()].some(({ kind }) => kind !== 'left' && kind !== 'held-back');
  if (changed) await outbox.update(lease, rest, callTimeoutMs);
  await outbox.release(lease, callTimeoutMs);
};

/**
 * Delivers what one record owes, under its lease, and writes down what became of it. May be killed anywhere: what was sent
 * but not written down is sent again under the same message id. Never throws for a dependency's sake.
 */
export const deliverRecord = async (ports: DeliverPorts, run: DrainRun, stored: StoredRecord): Promise<void> => {
  const { record } = stored;
  if (ports.serviceBus.retryAfterMs > 0) run.stop('service-bus');
  const due = run.stopped ? [] : record.owed.filter((delivery) => run.mayDeliver(delivery));
  if (due.length === 0) return run.hold(record.owed);
  // Side by side: a payload that is read for a record of another instance is read in vain, and harms nobody.
  const [leasing, rebuilt] = await Promise.all([
    ports.outbox.lease(stored, callTimeoutMs),
    rebuildEvent(ports.readPayload, record, callTimeoutMs),
  ]);
  if (!leasing.ok) return storageFailed(run, leasing.error, record);
  const lease = leasing.value;
  if (lease === 'gone') return;
  if (lease === 'taken') return run.takenByAnother(stored);
  const results = await attempt(ports, run, rebuilt, due);
  await writeDown(ports, run, lease, { record, results });
};
