import { createOutboxFigures, type ReadOutboxFigures } from '../outbox/record/outbox-figures.js';
import type { Clock } from '../time/clock.js';
import { arrivalOf } from './batch.js';
import type { BatchStore } from './batch-store.js';

interface BatchFiguresPorts {
  readonly store: Pick<BatchStore, 'list'>;
  /** The storage breaker, for reading only: storage that fails is not asked. */
  readonly circuit: { readonly isHealthy: boolean };
  readonly clock: Clock;
}

/** How many batches wait to be taken apart (100 stands for "100 or more") and for how long the oldest has. Never throws. */
export const createBatchFigures = ({ store, circuit, clock }: BatchFiguresPorts): ReadOutboxFigures =>
  createOutboxFigures({
    store: {
      list: async (_from, signal) => {
        const batches = await store.list(signal);
        const records = batches.map(({ name }) => ({
          name,
          time: new Date(arrivalOf(name) ?? clock.epochMs()).toISOString(),
        }));
        return { records };
      },
    },
    circuit,
    clock,
  });
