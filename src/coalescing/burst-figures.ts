import type { OutboxFigures, ReadOutboxFigures } from '../outbox/record/outbox-figures.js';
import type { Clock } from '../time/clock.js';
import type { BurstCount, BurstSource } from './burst-source.js';

/** A bot whose bursts are counted in one namespace. */
export interface CountedBursts {
  readonly bot: string;
  readonly burstQueue: string;
  readonly source: Pick<BurstSource, 'count'>;
  /** The namespace's breaker, for reading only: one that fails is not asked. */
  readonly circuit: { readonly isHealthy: boolean };
}

const deadlineMs = 1_000;
const unknown: OutboxFigures = { pending: null, oldestSeconds: null };

const countWithin = async (clock: Clock, { burstQueue, source, circuit }: CountedBursts) => {
  if (!circuit.isHealthy) return undefined;
  const controller = new AbortController();
  const cancel = clock.startTimer(deadlineMs, () => controller.abort());
  try {
    return await source.count(burstQueue, controller.signal);
  } catch {
    return undefined;
  } finally {
    cancel();
  }
};

/** Seconds since the oldest became due; 0 while all have time. */
const dueForSeconds = (counts: readonly BurstCount[], nowMs: number): number => {
  const dueMs = counts.flatMap(({ oldestDueAtMs }) => oldestDueAtMs ?? []);
  return Math.max(0, Math.floor((nowMs - Math.min(nowMs, ...dueMs)) / 1_000));
};

/** How many bursts wait, and for how long the oldest has been over without being sent on. Never throws. */
export const createBurstFigures =
  (all: readonly CountedBursts[], clock: Clock): ReadOutboxFigures =>
  async () => {
    const counted = await Promise.all(all.map((each) => countWithin(clock, each)));
    const counts = counted.flatMap((count) => count ?? []);
    if (counts.length < all.length) return unknown;
    const copies: Record<string, number> = {};
    for (const [place, { bot }] of all.entries()) copies[bot] = (copies[bot] ?? 0) + (counts[place]?.bursts ?? 0);
    const pending = counts.reduce((sum, { bursts }) => sum + bursts, 0);
    return { pending, oldestSeconds: dueForSeconds(counts, clock.epochMs()), ...(pending > 0 && { copies }) };
  };
