import { ArchiveError } from '../../../src/archive/archive-error.js';
import { createBlobOutboxStore } from '../../../src/outbox/record/blob-outbox-store.js';
import { byAge } from '../../../src/outbox/record/oldest-records.js';
import type { OutboxRecord } from '../../../src/outbox/record/outbox-record.js';
import type { OutboxPage, OutboxStore, PendingRecord } from '../../../src/outbox/record/outbox-store.js';
import { alignColumns } from '../terminal/columns.js';
import { CommandError } from '../terminal/command-error.js';
import { paint } from '../terminal/paint.js';

export type RecordKind = 'pending' | 'dead';

/** What waits, or was given up: how many in all, and the oldest of them. */
export interface StoredRecords {
  readonly total: number;
  readonly oldest: readonly OutboxRecord[];
}

const readTogether = 32;

const outboxOf = async (connectionString: string): Promise<OutboxStore> => {
  const { BlobServiceClient } = await import('@azure/storage-blob');
  const service = BlobServiceClient.fromConnectionString(connectionString, { retryOptions: { maxTries: 1 } });
  return createBlobOutboxStore({
    records: service.getContainerClient('webhook-outbox'),
    deadLetters: service.getContainerClient('webhook-dead-letters'),
  });
};

const listAll = async (list: (from: string | undefined) => Promise<OutboxPage>): Promise<readonly PendingRecord[]> => {
  const all: PendingRecord[] = [];
  let from: string | undefined;
  do {
    const page = await list(from);
    all.push(...page.records);
    from = page.next;
  } while (from !== undefined);
  return all.toSorted(byAge);
};

const readRecord = async (store: OutboxStore, kind: RecordKind, name: string): Promise<OutboxRecord | undefined> => {
  const { signal } = new AbortController();
  if (kind === 'pending') {
    const stored = await store.read(name, signal);
    return typeof stored === 'string' ? undefined : stored.record;
  }
  const stored = await store.readDeadLetter(name, signal);
  return typeof stored === 'string' ? undefined : stored.letter;
};

/** Reads the outbox, or the dead letters, where the local stack keeps them. */
export const readStored = async (connectionString: string, kind: RecordKind, count: number): Promise<StoredRecords> => {
  const store = await outboxOf(connectionString);
  const { signal } = new AbortController();
  try {
    const all = await listAll((from) =>
      kind === 'pending' ? store.list(from, signal) : store.listDeadLetters(from, signal),
    );
    const read: (OutboxRecord | undefined)[] = [];
    const wanted = all.slice(0, count);
    for (let next = 0; next < wanted.length; next += readTogether) {
      const names = wanted.slice(next, next + readTogether);
      read.push(...(await Promise.all(names.map(({ name }) => readRecord(store, kind, name)))));
    }
    return { total: all.length, oldest: read.filter((record) => record !== undefined) };
  } catch (fault) {
    if (!(fault instanceof ArchiveError)) throw fault;
    throw new CommandError(fault.message, 'npm run faults shows whether it is broken on purpose');
  }
};

const titles = ['Arrived', 'Id', 'Type', 'Bot', 'Attempts', 'Reason'].map(paint.quiet);

/** Records as a table, one line for each copy. */
export const describeRecords = (records: readonly OutboxRecord[]): readonly string[] => {
  const rows = records.flatMap(({ attributes: { time, id, type }, owed, history }) =>
    owed.map(({ bot, attempts }) => {
      const reason = history.findLast((entry) => entry.bot === bot)?.reason ?? '';
      return [time, id, type, bot, attempts, reason];
    }),
  );
  return alignColumns([titles, ...rows]);
};

/** Copies of one bot that were given up for one reason. */
export interface GivenUp {
  readonly bot: string;
  readonly reason: string;
  readonly copies: number;
  /** When the oldest and the newest of their events arrived, RFC 3339 UTC. */
  readonly oldest: string;
  readonly newest: string;
}

/** Dead letters in numbers, by bot and last reason. */
export const givenUpIn = (records: readonly OutboxRecord[]): readonly GivenUp[] => {
  const groups = new Map<string, GivenUp>();
  for (const { attributes, owed, history } of records) {
    for (const { bot } of owed) {
      const reason = history.findLast((entry) => entry.bot === bot)?.reason ?? 'unknown';
      const { time } = attributes;
      const { copies, oldest, newest } = groups.get(`${bot}\n${reason}`) ?? { copies: 0, oldest: time, newest: time };
      const [first, last] = [time < oldest ? time : oldest, time > newest ? time : newest];
      groups.set(`${bot}\n${reason}`, { bot, reason, copies: copies + 1, oldest: first, newest: last });
    }
  }
  return [...groups.values()].toSorted((one, other) => one.bot.localeCompare(other.bot) || other.copies - one.copies);
};

const ageOf = (time: string, nowMs: number): string => {
  const hours = Math.max(0, Math.floor((nowMs - Date.parse(time)) / 3_600_000));
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
};

/** Dead letters as a table, one line for each bot and reason. */
export const describeGivenUp = (records: readonly OutboxRecord[], nowMs: number): readonly string[] =>
  alignColumns([
    ['Bot', 'Reason', 'Copies', 'Oldest', 'Newest'].map(paint.quiet),
    ...givenUpIn(records).map(({ bot, reason, copies, oldest, newest }) => [
      bot,
      reason,
      copies,
      ageOf(oldest, nowMs),
      ageOf(newest, nowMs),
    ]),
  ]);
