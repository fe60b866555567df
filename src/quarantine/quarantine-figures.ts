import { createOutboxFigures, type ReadOutboxFigures } from '../outbox/record/outbox-figures.js';
import type { Clock } from '../time/clock.js';
import type { QuarantineStore } from './quarantine-store.js';

interface QuarantineFiguresPorts {
  readonly store: Pick<QuarantineStore, 'list'>;
  /** The storage breaker, for reading only: storage that fails is not asked. */
  readonly circuit: { readonly isHealthy: boolean };
  readonly clock: Clock;
}

/** How much waits in quarantine and how long the oldest has, looked up as the outbox's figures are. Never throws. */
export const createQuarantineFigures = ({ store, circuit, clock }: QuarantineFiguresPorts): ReadOutboxFigures =>
  createOutboxFigures({
    store: {
      list: async (from, signal) => {
        const { entries, next } = await store.list(from, signal);
        const records = entries.map(({ name, arrivedMs }) => ({ name, time: new Date(arrivedMs).toISOString() }));
        return { records, ...(next !== undefined && { next }) };
      },
    },
    circuit,
    clock,
  });
