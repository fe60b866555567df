import type { ArchiveError } from '../archive/archive-error.js';
import { eventFileOf, safeFileName } from '../archive/blob-form.js';
import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { OutboxPage, PendingRecord } from '../outbox/record/outbox-store.js';
import type { Clock } from '../time/clock.js';
import { createSharedLook } from '../time/shared-look.js';

/** A record by its listing alone. */
export type NamedRecord = Pick<PendingRecord, 'name' | 'time' | 'version'>;

/** Every record that lies in the outbox, or among the dead letters. */
export interface RecordNames {
  /** Newest first. */
  readonly newest: readonly NamedRecord[];
  /** There are more than were listed. */
  readonly more: boolean;
  /** The records that an event with this id may have; another id may look alike. */
  readonly recordsFor: (id: string) => readonly NamedRecord[];
}

export interface RecordNamesPorts {
  readonly list: (from: string | undefined, timeoutMs: number) => Promise<CallResult<OutboxPage, ArchiveError>>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Grows with each record that this process writes or finishes. */
  readonly changes: () => number;
}

export type ReadRecordNames = () => Promise<CallResult<RecordNames, ArchiveError>>;

/** 50,000 records: enough for every outbox that is not itself a catastrophe. */
const maxPages = 50;
const callTimeoutMs = 8_000;
/** How much later one sees what other instances write or finish. */
const freshMs = 5_000;

const byNewest = (one: NamedRecord, other: NamedRecord): number =>
  one.time !== other.time ? (one.time > other.time ? -1 : 1) : one.name > other.name ? -1 : 1;

const namesFrom = (records: readonly NamedRecord[], more: boolean): RecordNames => {
  const byFile = Map.groupBy(records, ({ name }) => eventFileOf(name));
  return { newest: records.toSorted(byNewest), more, recordsFor: (id) => byFile.get(safeFileName(id)) ?? [] };
};

/** Lists all names. */
export const createRecordNames = ({ list, clock, changes }: RecordNamesPorts): ReadRecordNames => {
  const look: ReadRecordNames = async () => {
    const records: NamedRecord[] = [];
    let from: string | undefined;
    for (let pages = 0; pages < maxPages; pages += 1) {
      const page = await list(from, callTimeoutMs);
      if (!page.ok) return page;
      records.push(
        ...page.value.records.map(({ name, time, version }) => ({
          name,
          time,
          ...(version !== undefined && { version }),
        })),
      );
      from = page.value.next;
      if (from === undefined) break;
    }
    return { ok: true, value: namesFrom(records, from !== undefined) };
  };
  return createSharedLook({ look, clock, freshMs, keeps: ({ ok }) => ok, changes });
};
