import type { Clock } from '../circuit-breaker/clock.js';
import type { OutboxStore, PendingRecord } from './outbox-store.js';

/** How much waits in the outbox, and how long the oldest has; `null` when it cannot be known now. */
export interface OutboxFigures {
  readonly pending: number | null;
  readonly oldestSeconds: number | null;
}

export interface OutboxFiguresPorts {
  readonly store: Pick<OutboxStore, 'list'>;
  /** The storage breaker, for reading only: storage that fails is not asked. */
  readonly circuit: { readonly isHealthy: boolean };
  readonly clock: Clock;
}

export type ReadOutboxFigures = () => Promise<OutboxFigures>;

const unknown: OutboxFigures = { pending: null, oldestSeconds: null };
const deadlineMs = 1_000;

const oldestOf = (records: readonly PendingRecord[]): string | undefined =>
  records.reduce<string | undefined>(
    (oldest, { time }) => (oldest === undefined || time < oldest ? time : oldest),
    undefined,
  );

/**
 * What health says of the outbox: one page of its listing at most (5000 records stand for "5000 or more"), asked past the
 * breaker under a deadline of its own, so that looking moves nothing; who asks at the same time shares one look. It counts what
 * every instance wrote, not this one's alone. Never throws.
 */
export const createOutboxFigures = ({ store, circuit, clock }: OutboxFiguresPorts): ReadOutboxFigures => {
  let looking: Promise<OutboxFigures> | undefined;

  const look = async (): Promise<OutboxFigures> => {
    const controller = new AbortController();
    const cancel = clock.startTimer(deadlineMs, () => controller.abort());
    try {
      const { records } = await store.list(undefined, controller.signal);
      const oldest = oldestOf(records);
      const ageMs = oldest === undefined ? 0 : clock.epochMs() - Date.parse(oldest);
      return { pending: records.length, oldestSeconds: Math.max(0, Math.floor(ageMs / 1000)) };
    } catch {
      return unknown;
    } finally {
      cancel();
      looking = undefined;
    }
  };

  return () => {
    if (!circuit.isHealthy) return Promise.resolve(unknown);
    looking ??= look();
    return looking;
  };
};
