import type { ArchiveError } from '../../archive/archive-error.js';
import type { CallResult, CircuitBreakerError } from '../../circuit-breaker/call-errors.js';
import { eventMessageId } from '../../envelope/event-identity.js';
import type { DeadLetter, OutboxRecord } from '../record/outbox-record.js';
import { leaseSeconds, type RecordLease } from '../record/outbox-store.js';
import { applyResults } from './apply-results.js';
import { callTimeoutMs, type DeliverPorts } from './deliver-ports.js';
import type { DrainRun } from './drain-run.js';
import type { Results } from './send-copies.js';
import type { RecordWrite } from './troubled-records.js';

/** Shorter than other calls, so that all of a record's stay below its lease. */
const rememberTimeoutMs = 4_000;

/** Storage failed, not one record: its sessions wait, and with the breaker open the whole run. */
export const storageFailed = (
  run: DrainRun,
  error: CircuitBreakerError<ArchiveError>,
  { owed }: Pick<OutboxRecord, 'owed'>,
): void => {
  run.hold(owed);
  if (error.kind === 'circuit-open') run.stop('blob-storage');
};

/** Every copy that arrived, before its record forgets it. */
const remember = async (
  { delivered }: DeliverPorts,
  { attributes, payload }: OutboxRecord,
  results: Results,
): Promise<CallResult<void, ArchiveError>> => {
  const messageId = eventMessageId({ ...attributes, sha256: payload.sha256 });
  const arrived = [...results].flatMap(([{ queue }, { kind }]) => (kind === 'delivered' ? [{ queue, messageId }] : []));
  return delivered.remember(arrived, rememberTimeoutMs);
};

const bury = async ({ outbox, log }: DeliverPorts, run: DrainRun, letter: DeadLetter) => {
  const buried = await outbox.deadLetter(letter, callTimeoutMs);
  if (!buried.ok) return buried;
  run.deadLettered(letter.owed.length);
  const { id, type, provider, correlationid: correlationId } = letter.attributes;
  const bots = letter.owed.map(({ bot }) => bot);
  log.write('error', 'outbox.dead-lettered', { correlationId, id, type, provider, bots, reason: letter.reason });
  return buried;
};

interface TimedLease extends RecordLease {
  /** When it was asked for, on the monotonic clock. */
  readonly leasedMs: number;
}

/**
 * Writes down what became of the copies: what arrived is remembered, what is given up goes to the dead letters, then the record
 * forgets both. May be killed between any two of them. What cannot be written is tried again later, and sent again by nobody who
 * knows that it arrived. Once the lease has ended the record belongs to whoever takes it next. Answers whether all was written.
 */
export const writeDown = async (
  ports: DeliverPorts,
  run: DrainRun,
  lease: TimedLease,
  { record, results }: { readonly record: OutboxRecord; readonly results: Results },
): Promise<boolean> => {
  const { outbox, clock, maxAgeMs, troubled } = ports;
  const { rest, letter } = applyResults(record, results, { atMs: clock.epochMs(), maxAgeMs });
  if (rest !== undefined) run.hold(rest.owed);
  const hasEnded = (): boolean => clock.monotonicMs() - lease.leasedMs >= leaseSeconds * 1_000;
  const unwritten = async (write: RecordWrite, error: CircuitBreakerError<ArchiveError>): Promise<false> => {
    if (hasEnded()) return false;
    troubled.failed(lease.name, write, error);
    await outbox.release(lease, callTimeoutMs);
    return false;
  };

  const remembered = await remember(ports, record, results);
  if (!remembered.ok) return unwritten('remember', remembered.error);
  if (hasEnded()) return false;
  if (letter !== undefined) {
    const buried = await bury(ports, run, letter);
    if (!buried.ok) {
      storageFailed(run, buried.error, letter);
      return unwritten('dead-letter', buried.error);
    }
  }
  if (rest === undefined) {
    const removed = await outbox.remove(lease, callTimeoutMs);
    if (!removed.ok) return unwritten('remove', removed.error);
    troubled.written(lease.name);
    return true;
  }
  const changed = [...results.values()].some(({ kind }) => kind !== 'left' && kind !== 'held-back');
  const updated = changed ? await outbox.update(lease, rest, callTimeoutMs) : undefined;
  if (updated?.ok === false) return unwritten('update', updated.error);
  troubled.written(lease.name);
  await outbox.release(lease, callTimeoutMs);
  return true;
};
