import { arrivalOf } from '../../batches/batch.js';
import type { BatchStore } from '../../batches/batch-store.js';
import type { QuarantineStore } from '../../quarantine/quarantine-store.js';
import type { Clock } from '../../time/clock.js';
import type { ArchiveBacklogSource } from '../backlog/archive-backlog-source.js';
import { lookPast, type OutboxFigures, type ReadOutboxFigures, sumOrUnknown } from '../record/outbox-figures.js';
import type { OutboxStore } from '../record/outbox-store.js';
import type { TimerRun, TimerRuns } from './timer-runs.js';

/** Everything that waits for the timer or for people, of every instance together. */
export interface Stocks {
  readonly outbox: OutboxFigures;
  readonly deadLetters: OutboxFigures;
  readonly quarantine: OutboxFigures;
  /** Batches that are not taken apart yet; 100 stands for "100 or more". */
  readonly batches: OutboxFigures;
  /** Bursts that are not sent on yet, among the first hundred events of each bot; absent: no bot coalesces. */
  readonly bursts?: OutboxFigures;
  /** Messages in the archive backlog; 100 stands for "100 or more", `null` when it cannot be known now. */
  readonly archiveBacklog: number | null;
  /** `null`: not known now; `undefined`: the timer has never ended a run. */
  readonly lastRun: TimerRun | null | undefined;
}

/** `maxAgeMs`: how old an answer may be; a younger one is given without asking again. */
export type ReadStocks = (options?: { readonly maxAgeMs: number }) => Promise<Stocks>;

interface Circuit {
  readonly isHealthy: boolean;
}

export interface StocksPorts {
  /** Each answers within a second and never throws. */
  readonly figures: Readonly<Record<'outbox' | 'deadLetters' | 'quarantine' | 'batches', ReadOutboxFigures>>;
  readonly bursts?: ReadOutboxFigures;
  /** Each with the breaker of its namespace, for reading only: what fails is not asked. */
  readonly backlogs: readonly { readonly source: ArchiveBacklogSource; readonly circuit: Circuit }[];
  readonly timerRuns: Pick<TimerRuns, 'latest'>;
  /** The storage breaker, likewise. */
  readonly storage: Circuit;
  readonly clock: Clock;
}

/** What is counted in a queue is looked at whole, payloads and all. */
const mostBacklogCounted = 100;

const countBacklog = async (source: ArchiveBacklogSource, signal: AbortSignal): Promise<number> => {
  const link = source.open();
  try {
    return await link.count(mostBacklogCounted, signal);
  } finally {
    await link.close();
  }
};

/**
 * Looks at everything that waits, past the breakers and under a deadline of a second, so that looking moves nothing and never hangs;
 * callers that ask at the same time share one look. Never throws.
 */
export const createReadStocks = (ports: StocksPorts): ReadStocks => {
  const { figures, backlogs, timerRuns, storage, clock } = ports;
  let looking: Promise<Stocks> | undefined;
  let latest: { readonly stocks: Stocks; readonly atMs: number } | undefined;

  const look = async (): Promise<Stocks> => {
    const [outbox, deadLetters, quarantine, batches, backlogged, lastRun, bursts] = await Promise.all([
      figures.outbox(),
      figures.deadLetters(),
      figures.quarantine(),
      figures.batches(),
      Promise.all(
        backlogs.map(({ source, circuit }) => lookPast({ circuit, clock }, (signal) => countBacklog(source, signal))),
      ),
      lookPast({ circuit: storage, clock }, (signal) => timerRuns.latest(signal)),
      ports.bursts?.(),
    ]);
    const archiveBacklog = sumOrUnknown(backlogged);
    const listed = { outbox, deadLetters, quarantine, batches, ...(bursts !== undefined && { bursts }) };
    const stocks = { ...listed, archiveBacklog, lastRun };
    latest = { stocks, atMs: clock.monotonicMs() };
    looking = undefined;
    return stocks;
  };

  return ({ maxAgeMs } = { maxAgeMs: 0 }) => {
    if (latest !== undefined && clock.monotonicMs() - latest.atMs < maxAgeMs) return Promise.resolve(latest.stocks);
    looking ??= look();
    return looking;
  };
};

/** The quarantine as the outbox's figures look at a store. */
export const quarantineListing = (store: Pick<QuarantineStore, 'list'>): Pick<OutboxStore, 'list'> => ({
  list: async (from, signal) => {
    const { entries, next } = await store.list(from, signal);
    const records = entries.map(({ name, arrivedMs }) => ({ name, time: new Date(arrivedMs).toISOString() }));
    return { records, ...(next !== undefined && { next }) };
  },
});

/** The batches that wait to be taken apart, likewise; 100 stands for "100 or more". */
export const batchListing = (
  store: Pick<BatchStore, 'list'>,
  clock: Pick<Clock, 'epochMs'>,
): Pick<OutboxStore, 'list'> => ({
  list: async (_from, signal) => {
    const batches = await store.list(signal);
    const timeOf = (name: string): string => new Date(arrivalOf(name) ?? clock.epochMs()).toISOString();
    return { records: batches.map(({ name }) => ({ name, time: timeOf(name) })) };
  },
});
