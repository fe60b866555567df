import { BlobServiceClient } from '@azure/storage-blob';
import { ArchiveError } from '../../../archive/archive-error.js';
import { createBlobOutboxStore } from '../../../outbox/blob-outbox-store.js';
import { byAge } from '../../../outbox/oldest-records.js';
import type { OutboxRecord } from '../../../outbox/outbox-record.js';
import type { OutboxPage, OutboxStore, PendingRecord } from '../../../outbox/outbox-store.js';
import { alignColumns } from '../terminal/columns.js';
import { CommandError } from '../terminal/command-error.js';
import { paint } from '../terminal/paint.js';

export type RecordKind = 'pending' | 'dead';

/** What waits, or was given up: how many in all, and the oldest of them. */
export interface StoredRecords {
  readonly total: number;
  readonly oldest: readonly OutboxRecord[];
}

const outboxOf = (connectionString: string): OutboxStore => {
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
  const letter = await store.readDeadLetter(name, signal);
  return typeof letter === 'string' ? undefined : letter;
};

/** Reads the outbox, or the dead letters, where the local stack keeps them. */
export const readStored = async (connectionString: string, kind: RecordKind, count: number): Promise<StoredRecords> => {
  const store = outboxOf(connectionString);
  const { signal } = new AbortController();
  try {
    const all = await listAll((from) =>
      kind === 'pending' ? store.list(from, signal) : store.listDeadLetters(from, signal),
    );
    const read = await Promise.all(all.slice(0, count).map(({ name }) => readRecord(store, kind, name)));
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
