import { arrivalOf, type Batch, decodeBatch } from '../batches/batch.js';
import type { GuardedBatches, PendingBatch } from '../batches/batch-store.js';
import { FailingBatches } from '../batches/failing-batches.js';
import { decodeLeft } from '../batches/left-items.js';
import type { Log } from '../observability/log/log.js';
import type { Provider } from '../providers/provider.js';
import type { Clock } from '../time/clock.js';
import { createEventWay, type EventWayPorts } from './event-way.js';
import { type EventOutcome, isKept } from './outcome.js';
import { eventsOf } from './read-delivery.js';
import { saveLeft } from './store-batch.js';
import { takeEvents } from './take-events.js';
import { startRequestBudget } from './time-limits.js';

export interface SplitStoredPorts extends EventWayPorts {
  readonly batches: GuardedBatches;
  readonly findProvider: (name: string) => Provider | undefined;
  /** The breakers, for reading only. */
  readonly serviceBusCircuit: { readonly isHealthy: boolean; readonly retryAfterMs: number };
  readonly clock: Clock;
  readonly log: Log;
  readonly requestBudgetMs: number;
  /** Told of each event that was kept. */
  readonly onOutcome: (outcome: EventOutcome, batch: Batch, durationMs: number) => void;
}

/** Takes what is left of stored batches, oldest first, until `untilMs` on the monotonic clock. */
export type SplitStored = (untilMs: number) => Promise<void>;

const callTimeoutMs = 5_000;
/** The request that brought a batch works on it as long; then it is another's. */
const graceMs = 15_000;
/** So many events at a time: then what is left is written down, and a kill loses no more than that. */
const sliceSize = 500;
const atOnce = { healthy: 16, probing: 1 } as const;

type Reading = { readonly kind: 'batch'; readonly batch: Batch; readonly provider: Provider } | 'gone' | 'unavailable';

/** What can never be read stays where it is. */
const readStored = async (ports: SplitStoredPorts, name: string, failing: FailingBatches): Promise<Reading> => {
  const stored = await ports.batches.read(name, callTimeoutMs);
  if (!stored.ok) return 'unavailable';
  if (stored.value === 'gone') return 'gone';
  const batch = decodeBatch(stored.value);
  const provider = batch && ports.findProvider(batch.provider);
  if (batch !== undefined && provider !== undefined) return { kind: 'batch', batch, provider };
  if (failing.isNews(name)) {
    ports.log.write('error', 'batch.unreadable', { batch: name, reason: batch === undefined ? 'damaged' : 'provider' });
  }
  return 'gone';
};

const valuesOf = ({ list }: Batch): readonly unknown[] => {
  const value: unknown = JSON.parse(list.toString('utf8'));
  return Array.isArray(value) ? value : [];
};

/** Takes one batch as far as it goes, slice by slice; a slice that is not kept whole ends it, so that nothing overtakes it. */
const splitOne = async (
  ports: SplitStoredPorts,
  { name, left: written }: PendingBatch,
  {
    batch,
    provider,
    mayBegin,
  }: { readonly batch: Batch; readonly provider: Provider; readonly mayBegin: () => boolean },
): Promise<number> => {
  const { clock, serviceBusCircuit, requestBudgetMs } = ports;
  const way = createEventWay(ports, { ...batch, provider });
  const values = valuesOf(batch);
  const events = eventsOf({ ...batch, values });
  let places = decodeLeft(written, values.length);
  const onOutcome = (outcome: EventOutcome, durationMs: number): void => {
    if (isKept(outcome)) ports.onOutcome(outcome, batch, durationMs);
  };
  while (places.length > 0 && mayBegin()) {
    const startedMs = clock.monotonicMs();
    const { left } = await takeEvents({
      events,
      places: places.slice(0, sliceSize),
      way,
      budget: () => startRequestBudget(clock, requestBudgetMs),
      mayBegin,
      atOnce: () => (serviceBusCircuit.isHealthy ? atOnce.healthy : atOnce.probing),
      onOutcome: (outcome) => onOutcome(outcome, Math.round(clock.monotonicMs() - startedMs)),
    });
    const rest = [...left, ...places.slice(sliceSize)];
    if (rest.length < places.length) await saveLeft(ports, { name, left: rest, timeoutMs: callTimeoutMs });
    places = rest;
    if (left.length > 0) break;
  }
  if (values.length === 0) await saveLeft(ports, { name, left: [], timeoutMs: callTimeoutMs });
  return places.length;
};

/**
 * The timer's part of batches: event by event, as if each had come alone when the batch came, under the same ids. May be killed
 * anywhere and run by several instances at once: messages that are sent twice have one id, and both send them in the same order.
 */
export const createSplitStored = (ports: SplitStoredPorts): SplitStored => {
  const { batches, serviceBusCircuit, clock, log } = ports;
  const failing = new FailingBatches(clock);
  return async (untilMs) => {
    const mayBegin = (): boolean => clock.monotonicMs() < untilMs && serviceBusCircuit.retryAfterMs === 0;
    const isOwn = ({ name }: PendingBatch): boolean => {
      const ageMs = clock.epochMs() - (arrivalOf(name) ?? 0);
      return ageMs < 0 || ageMs >= graceMs;
    };
    if (!mayBegin()) return;
    const listing = await batches.list(callTimeoutMs);
    if (listing.ok) failing.keepOnly(new Set(listing.value.map(({ name }) => name)));
    for (const pending of listing.ok ? listing.value.filter(isOwn) : []) {
      if (!mayBegin()) return;
      const startedMs = clock.monotonicMs();
      const reading = await readStored(ports, pending.name, failing);
      if (reading === 'unavailable') return;
      if (reading === 'gone') continue;
      const left = await splitOne(ports, pending, { ...reading, mayBegin });
      const durationMs = Math.round(clock.monotonicMs() - startedMs);
      const { name: batch } = pending;
      if (left === 0) log.write('info', 'batch.split', { batch, left, durationMs });
      else if (failing.isNews(batch)) log.write('warn', 'batch.split', { batch, left, durationMs });
    }
  };
};
