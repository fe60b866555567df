import type { EventOutcome } from '../outcome.js';

/** Batches that are remembered: those that were refused for some of their events, until they come again. */
const mostBatches = 64;

export type KeptOutcomes = ReadonlyMap<number, EventOutcome>;

/** Which events of a refused batch were kept all the same, so that its repeat gets further. Of this instance alone. */
export class KeptEvents {
  readonly #batches = new Map<string, KeptOutcomes>();

  /** What is known of a batch; it is forgotten. */
  take(batch: string): KeptOutcomes {
    const kept = this.#batches.get(batch) ?? new Map<number, EventOutcome>();
    this.#batches.delete(batch);
    return kept;
  }

  remember(batch: string, kept: KeptOutcomes): void {
    this.#batches.set(batch, kept);
    const [oldest] = this.#batches.keys();
    if (this.#batches.size > mostBatches && oldest !== undefined) this.#batches.delete(oldest);
  }
}
