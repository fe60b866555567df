import type { Clock } from '../circuit-breaker/clock.js';
import { callTimeoutMs, type DeliverPorts, deliverRecord } from './deliver-record.js';
import { DeliveryWindow } from './delivery-window.js';
import { type DrainReport, DrainRun, lanesOf } from './drain-run.js';
import { oldestRecords } from './oldest-records.js';
import type { PendingRecord, StoredRecord } from './outbox-store.js';
import { Pace } from './pace.js';

export interface DrainOutboxPorts extends DeliverPorts {
  readonly clock: Pick<Clock, 'epochMs' | 'monotonicMs'>;
}

/** Delivers what is owed until `untilMs` on the monotonic clock; what is under way then still ends, some seconds later. */
export type DrainOutbox = (untilMs: number) => Promise<DrainReport>;

/** Records known from the listing at a time, about 1 KB each: an hour that holds more is listed again for the rest. */
const batchSize = 20_000;
const mostAtOnce = 16;
/** Records that wait here for an older one of their session, so that one busy session does not stop the others. */
const mostWaiting = 128;
const readTogether = 16;

/** The records themselves: as the listing showed them, or read one by one. */
const readRecords = async (
  { outbox, log }: DrainOutboxPorts,
  run: DrainRun,
  pending: readonly PendingRecord[],
): Promise<readonly StoredRecord[]> => {
  const readings = await Promise.all(
    pending.map(async ({ name, shown }) => {
      const value = shown?.();
      return value === undefined ? outbox.read(name, callTimeoutMs) : { ok: true as const, value };
    }),
  );
  const stored: StoredRecord[] = [];
  for (const [index, reading] of readings.entries()) {
    if (!reading.ok) {
      // Whose sessions the record holds up is not known, so nothing after it may go.
      run.stop('blob-storage');
      return stored;
    }
    if (reading.value === 'unreadable') log.write('error', 'outbox.unreadable', { record: pending[index]?.name });
    if (typeof reading.value === 'object') stored.push(reading.value);
  }
  return stored;
};

interface Batch {
  readonly batch: readonly PendingRecord[];
  readonly untilMs: number;
  readonly pace: Pace;
}

/** As many records at once as the dependencies bear; one at a time while the breaker is only probing. */
const drainBatch = async (ports: DrainOutboxPorts, run: DrainRun, { batch, untilMs, pace }: Batch): Promise<void> => {
  const { clock, serviceBus } = ports;
  const running = (): number => (serviceBus.isHealthy ? pace.limit : 1);
  const window = new DeliveryWindow({ running, waiting: mostWaiting });
  const deliver = async (stored: StoredRecord): Promise<void> => {
    if (clock.monotonicMs() >= untilMs) run.stop('time-limit');
    const startedMs = clock.monotonicMs();
    await deliverRecord(ports, run, stored);
    pace.delivered(clock.monotonicMs() - startedMs);
  };
  for (let next = 0; next < batch.length && !run.stopped; next += readTogether) {
    if (serviceBus.retryAfterMs > 0) run.stop('service-bus');
    const records = await readRecords(ports, run, batch.slice(next, next + readTogether));
    for (const stored of records) await window.add(lanesOf(stored.record), () => deliver(stored));
  }
  await window.idle();
};

/**
 * Empties the outbox, oldest first: bounded batches, bounded concurrency, the order within a session kept (a copy that stays
 * holds up the later ones of its queue and session). Stops at once when the Service Bus breaker opens.
 */
export const createDrainOutbox =
  (ports: DrainOutboxPorts): DrainOutbox =>
  async (untilMs) => {
    const run = new DrainRun();
    const pace = new Pace(mostAtOnce);
    let after: PendingRecord | undefined;
    if (ports.serviceBus.retryAfterMs > 0) run.stop('service-bus');
    while (!run.stopped) {
      const oldest = await oldestRecords(ports.outbox, { after, limit: batchSize, timeoutMs: callTimeoutMs });
      if (!oldest.ok) {
        run.stop('blob-storage');
        break;
      }
      await drainBatch(ports, run, { batch: oldest.value, untilMs, pace });
      after = oldest.value.at(-1);
      if (oldest.value.length < batchSize) break;
    }
    return run.report;
  };
