import type { Clock } from '../../time/clock.js';
import type { OutboxStore, PendingRecord } from './outbox-store.js';

/** How much waits in the outbox, and how long the oldest has; `null` when it cannot be known now. */
export interface OutboxFigures {
  readonly pending: number | null;
  readonly oldestSeconds: number | null;
  /** By bot: how many copies of what was counted it is owed. Absent where nobody is. */
  readonly copies?: Readonly<Record<string, number>>;
}

export interface OutboxFiguresPorts {
  readonly store: Pick<OutboxStore, 'list'>;
  /** The storage breaker, for reading only: storage that fails is not asked. */
  readonly circuit: { readonly isHealthy: boolean };
  readonly clock: Clock;
}

export type ReadOutboxFigures = () => Promise<OutboxFigures>;

export const unknownFigures: OutboxFigures = { pending: null, oldestSeconds: null };
const deadlineMs = 1_000;

/** Looks past a breaker, under a deadline of a second; `null` for a dependency that fails, or does not answer in time. */
export const lookPast = async <T>(
  { circuit, clock }: Pick<OutboxFiguresPorts, 'circuit' | 'clock'>,
  look: (signal: AbortSignal) => Promise<T>,
): Promise<T | null> => {
  if (!circuit.isHealthy) return null;
  const controller = new AbortController();
  const cancel = clock.startTimer(deadlineMs, () => controller.abort());
  try {
    return await look(controller.signal);
  } catch {
    return null;
  } finally {
    cancel();
  }
};

const mostCounted = 5_000;

const olderOf = (oldest: string | undefined, { time }: PendingRecord): string =>
  oldest === undefined || time < oldest ? time : oldest;

/**
 * What health says of the outbox: the first pages of its listing (5000 records stand for "5000 or more"), asked past the
 * breaker under a deadline of its own, so that looking moves nothing; callers that ask at the same time share one look. It counts what
 * every instance wrote, not this one's alone. Never throws.
 */
export const createOutboxFigures = (ports: OutboxFiguresPorts): ReadOutboxFigures => {
  const { store, clock } = ports;
  let looking: Promise<OutboxFigures> | undefined;

  const count = async (signal: AbortSignal): Promise<OutboxFigures> => {
    let [pending, from, oldest]: [number, string | undefined, string | undefined] = [0, undefined, undefined];
    const copies = new Map<string, number>();
    do {
      const { records, next } = await store.list(from, signal);
      pending += records.length;
      oldest = records.reduce(olderOf, oldest);
      for (const bot of records.flatMap(({ bots = [] }) => bots)) copies.set(bot, (copies.get(bot) ?? 0) + 1);
      from = next;
    } while (from !== undefined && pending < mostCounted);
    const ageMs = oldest === undefined ? 0 : clock.epochMs() - Date.parse(oldest);
    const oldestSeconds = Math.max(0, Math.floor(ageMs / 1000));
    return { pending, oldestSeconds, ...(copies.size > 0 && { copies: Object.fromEntries(copies) }) };
  };

  const look = async (): Promise<OutboxFigures> => {
    const figures = await lookPast(ports, count);
    looking = undefined;
    return figures ?? unknownFigures;
  };

  return () => {
    looking ??= look();
    return looking;
  };
};

/** What cannot be known of one is not known of all. */
export const sumOrUnknown = (
  numbers: readonly (number | null)[],
  join: (one: number, other: number) => number = (one, other) => one + other,
): number | null => numbers.reduce((one, other) => (one === null || other === null ? null : join(one, other)), 0);

/** Of several accounts together. */
export const sumOfFigures =
  (accounts: readonly ReadOutboxFigures[]): ReadOutboxFigures =>
  async () => {
    const [first, ...others] = await Promise.all(accounts.map((read) => read()));
    if (first === undefined || others.length === 0) return first ?? unknownFigures;
    const all = [first, ...others];
    const pending = all.map((figures) => figures.pending);
    const ages = all.map(({ oldestSeconds }) => oldestSeconds);
    const copies = new Map<string, number>();
    for (const figures of all) {
      for (const [bot, count] of Object.entries(figures.copies ?? {})) copies.set(bot, (copies.get(bot) ?? 0) + count);
    }
    return {
      pending: sumOrUnknown(pending),
      oldestSeconds: sumOrUnknown(ages, Math.max),
      ...(copies.size > 0 && { copies: Object.fromEntries(copies) }),
    };
  };
