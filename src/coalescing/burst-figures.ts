import { lookPast, type ReadOutboxFigures, unknownFigures } from '../outbox/record/outbox-figures.js';
import type { Clock } from '../time/clock.js';
import type { BurstCount, BurstSource } from './burst-source.js';

/** A bot whose bursts are counted in one namespace. */
export interface CountedBursts {
  readonly bot: string;
  readonly burstQueue: string;
  readonly source: Pick<BurstSource, 'count'>;
  /** The namespace's breaker, only to read its state: a failing namespace is not asked. */
  readonly circuit: { readonly isHealthy: boolean };
}

/** Seconds since the oldest became due; 0 while none is due. */
const dueForSeconds = (counts: readonly BurstCount[], nowMs: number): number => {
  const dueMs = counts.flatMap(({ oldestDueAtMs }) => oldestDueAtMs ?? []);
  return Math.max(0, Math.floor((nowMs - Math.min(nowMs, ...dueMs)) / 1_000));
};

/** How many bursts wait, and for how long the oldest has been over without being sent on. Never throws. */
export const createBurstFigures =
  (all: readonly CountedBursts[], clock: Clock): ReadOutboxFigures =>
  async () => {
    const counted = await Promise.all(
      all.map(({ burstQueue, source, circuit }) =>
        lookPast({ circuit, clock }, (signal) => source.count(burstQueue, signal)),
      ),
    );
    const counts = counted.flatMap((count) => count ?? []);
    if (counts.length < all.length) return unknownFigures;
    const copies: Record<string, number> = {};
    for (const [place, { bot }] of all.entries()) copies[bot] = (copies[bot] ?? 0) + (counts[place]?.bursts ?? 0);
    const pending = counts.reduce((sum, { bursts }) => sum + bursts, 0);
    return { pending, oldestSeconds: dueForSeconds(counts, clock.epochMs()), ...(pending > 0 && { copies }) };
  };
