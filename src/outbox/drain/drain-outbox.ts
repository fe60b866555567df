import { lanesOf } from '../../routing/address-message.js';
import { LaneWindow } from '../../routing/lane-window.js';
import { oldestRecords } from '../record/oldest-records.js';
import type { PendingRecord, StoredRecord } from '../record/outbox-store.js';
import { callTimeoutMs, type DeliverPorts } from './deliver-ports.js';
import { deliverRecord } from './deliver-record.js';
import { type DrainReport, DrainRun, type LeftElsewhere } from './drain-run.js';
import { Pace } from './pace.js';
import { RelativeTime } from './relative-time.js';

export interface DrainLimits {
  /** On the monotonic clock; what is under way then still ends, some seconds later. */
  readonly untilMs: number;
  /**
   * Of which lanes older copies may still wait elsewhere: those are not delivered now.
   */
  readonly leftElsewhere: () => Promise<LeftElsewhere>;
}

/** Delivers what is owed. */
export type DrainOutbox = (limits: DrainLimits) => Promise<DrainReport>;

/** Records known from the listing at a time, about 1 KB each: an hour that holds more is listed again for the rest. */
const batchSize = 20_000;
const mostAtOnce = 16;
/** Records that wait here for an older one of their session, so that one busy session does not stop the others. */
const mostWaiting = 128;
const readTogether = 16;

/** The records themselves: as the listing showed them, or read one by one. */
const readRecords = async (
  { outbox, log }: DeliverPorts,
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
  readonly time: RelativeTime;
}

/** As many records at once as the dependencies bear; one at a time while the breaker is only probing. */
const drainBatch = async (ports: DeliverPorts, run: DrainRun, { batch, untilMs, pace, time }: Batch): Promise<void> => {
  const { clock, serviceBus } = ports;
  const running = (): number => (serviceBus.isHealthy ? pace.limit : 1);
  const window = new LaneWindow({ running, waiting: mostWaiting });
  const deliver = async (stored: StoredRecord): Promise<void> => {
    if (clock.monotonicMs() >= untilMs) run.stop('time-limit');
    const tookMs = await time.of(() => deliverRecord(ports, run, stored));
    if (tookMs !== undefined) pace.delivered(tookMs);
  };
  for (let next = 0; next < batch.length && !run.stopped; next += readTogether) {
    if (serviceBus.retryAfterMs > 0) run.stop('service-bus');
    const records = await readRecords(ports, run, batch.slice(next, next + readTogether));
    for (const stored of records) await window.add(lanesOf(stored.record.owed), () => deliver(stored));
  }
  await window.idle();
};

const eitherOf = (some: LeftElsewhere, others: LeftElsewhere): LeftElsewhere => ({
  lanes: some.lanes === 'all' || others.lanes === 'all' ? 'all' : new Set([...some.lanes, ...others.lanes]),
  isEverySeen: some.isEverySeen && others.isEverySeen,
});

/**
 * Everything that is listed now, oldest first. What waits elsewhere is looked at before the listing and after it: another instance may write down
 * in between what it held, too late for the listing, and something older than what is listed may have come meanwhile.
 */
const drainListed = async (
  ports: DeliverPorts,
  run: DrainRun,
  { leftElsewhere, ...rest }: Omit<Batch, 'batch'> & Pick<DrainLimits, 'leftElsewhere'>,
): Promise<void> => {
  let after: PendingRecord | undefined;
  let leftBefore: LeftElsewhere | undefined;
  while (!run.stopped) {
    const oldest = await oldestRecords(ports.outbox, { after, limit: batchSize, timeoutMs: callTimeoutMs });
    if (!oldest.ok) return run.stop('blob-storage');
    if (oldest.value.length === 0) return;
    const left = await leftElsewhere();
    // A breaker that probes has few calls to spare: then the look after it has to do.
    if (leftBefore === undefined && ports.serviceBus.isHealthy) {
      leftBefore = left;
      continue;
    }
    run.waitFor(eitherOf(leftBefore ?? left, left));
    leftBefore = left;
    await drainBatch(ports, run, { batch: oldest.value, ...rest });
    after = oldest.value.at(-1);
    if (oldest.value.length < batchSize) return;
  }
};

/**
 * Empties the outbox, oldest first: bounded batches, bounded concurrency, the order within a session kept (a copy that stays
 * holds up the later ones of its queue and session). Looks again after delivering, as later events of a session are written behind
 * it until it has caught up. Stops at once when the Service Bus breaker opens.
 */
export const createDrainOutbox = (ports: DeliverPorts): DrainOutbox => {
  const pace = new Pace(mostAtOnce);
  const time = new RelativeTime(ports.clock);
  let deliveredBefore = false;
  return async ({ untilMs, leftElsewhere }) => {
    await ports.delivered.ready();
    const run = new DrainRun({ deliveredBefore });
    if (ports.serviceBus.retryAfterMs > 0) run.stop('service-bus');
    let before: number;
    do {
      before = run.report.delivered;
      await drainListed(ports, run, { untilMs, pace, time, leftElsewhere });
      run.lookAgain();
    } while (!run.stopped && run.report.delivered > before);
    deliveredBefore = run.report.delivered > 0;
    return run.report;
  };
};
