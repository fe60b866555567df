import type { Clock } from '../time/clock.js';
import type { ArchivedDays } from './archived-days.js';
import type { Batches, IndexReader } from './newest-deliveries.js';

export interface AllDeliveriesPorts {
  readonly index: IndexReader;
  readonly archived: ArchivedDays;
  readonly clock: Pick<Clock, 'epochMs'>;
}

/** A rule of the storage account ends parts of the index after 40 days. */
const indexedMs = 35 * 86_400_000;

/** Whatever arrived before the index began is archived by then, but for what is archived late. */
const settlesMs = 60_000;

/** Every archived delivery, newest first, from `beforeMs` back: from the index as far as it reaches, then from the archive. */
export const createAllDeliveries = ({ index, archived, clock }: AllDeliveriesPorts) =>
  async function* newest(beforeMs: number, providers: readonly string[]): Batches {
    const begun = await index.begunMs();
    if (!begun.ok) return yield begun;
    const sinceMs = Math.max(begun.value ?? Number.POSITIVE_INFINITY, clock.epochMs() - indexedMs);
    if (sinceMs <= beforeMs) {
      for await (const batch of index.newest({ beforeMs, sinceMs })) {
        if (!batch.ok) return yield batch;
        const value = batch.value.filter(
          ({ time, provider }) => Date.parse(time) >= sinceMs && providers.includes(provider),
        );
        yield { ok: true, value };
      }
    }
    const settled = sinceMs < clock.epochMs() - settlesMs;
    for await (const batch of archived.newest({ providers, beforeMs: Math.min(beforeMs, sinceMs), settled })) {
      if (!batch.ok) return yield batch;
      yield { ok: true, value: batch.value.filter(({ time }) => Date.parse(time) < sinceMs) };
    }
  };
