import type { Clock } from '../circuit-breaker/clock.js';
import { callTimeoutMs, type DeliverPorts, deliverRecord } from './deliver-record.js';
import { type DrainReport, DrainRun, lanesOf } from './drain-run.js';
import { inLanes } from './in-lanes.js';
import { oldestRecords } from './oldest-records.js';
import type { PendingRecord, StoredRecord } from './outbox-store.js';

export interface DrainOutboxPorts extends DeliverPorts {
  readonly clock: Pick<Clock, 'epochMs' | 'monotonicMs'>;
}

/** Delivers what is owed until `untilMs` on the monotonic clock; what is under way then still ends, some seconds later. */
export type DrainOutbox = (untilMs: number) => Promise<DrainReport>;

/** Records known by name at a time, and records delivered side by side. */
const batchSize = 5_000;
const waveSize = 16;

const readWave = async (
  { outbox, log }: DrainOutboxPorts,
  run: DrainRun,
  pending: readonly PendingRecord[],
): Promise<readonly StoredRecord[]> => {
  const readings = await Promise.all(pending.map(({ name }) => outbox.read(name, callTimeoutMs)));
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

/** One record at a time while the breaker is only probing. */
const drainBatch = async (
  ports: DrainOutboxPorts,
  run: DrainRun,
  { batch, untilMs }: { readonly batch: readonly PendingRecord[]; readonly untilMs: number },
): Promise<void> => {
  let next = 0;
  while (next < batch.length && !run.stopped) {
    if (ports.clock.monotonicMs() >= untilMs) return run.stop('time-limit');
    if (ports.serviceBus.retryAfterMs > 0) return run.stop('service-bus');
    const size = ports.serviceBus.isHealthy ? waveSize : 1;
    const wave = batch.slice(next, next + size);
    next += wave.length;
    const records = await readWave(ports, run, wave);
    await inLanes(
      records,
      ({ record }) => lanesOf(record),
      (stored) => deliverRecord(ports, run, stored),
    );
  }
};

/**
 * Empties the outbox, oldest first: bounded batches, bounded concurrency, the order within a session kept (a copy that stays
 * holds up the later ones of its queue and session). Stops at once when the Service Bus breaker opens.
 */
export const createDrainOutbox =
  (ports: DrainOutboxPorts): DrainOutbox =>
  async (untilMs) => {
    const run = new DrainRun();
    let after: PendingRecord | undefined;
    if (ports.serviceBus.retryAfterMs > 0) run.stop('service-bus');
    while (!run.stopped) {
      const oldest = await oldestRecords(ports.outbox, { after, limit: batchSize, timeoutMs: callTimeoutMs });
      if (!oldest.ok) {
        run.stop('blob-storage');
        break;
      }
      await drainBatch(ports, run, { batch: oldest.value, untilMs });
      after = oldest.value.at(-1);
      if (oldest.value.length < batchSize) break;
    }
    return run.report;
  };
