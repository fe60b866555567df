import type { ArchiveError } from '../archive/archive-error.js';
import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { DeadLetter, OutboxRecord } from '../outbox/record/outbox-record.js';
import type { Clock } from '../time/clock.js';
import type { NamedRecord, ReadRecordNames } from './record-names.js';

/** What narrows a list; an absent member narrows nothing. */
export interface ListFilter {
  readonly provider?: string | undefined;
  readonly wantsType: (type: string) => boolean;
  readonly bot?: string | undefined;
  /** A part of the subject, whatever the case of its letters. */
  readonly subject?: string | undefined;
}

/** A copy that has not reached its queue. */
export interface ListedOwedCopy {
  readonly bot: string;
  readonly queue: string;
  readonly attempts: number;
  /** Why the last attempt failed. */
  readonly reason?: string;
}

/** One record of the outbox, or one dead letter. */
export interface ListedRecord {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject?: string;
  /** When the delivery arrived, RFC 3339 UTC. */
  readonly time: string;
  readonly provider: string;
  readonly repository?: string;
  readonly archived: string;
  readonly bytes: number;
  /** Its own name. */
  readonly record: string;
  readonly copies: readonly ListedOwedCopy[];
  /** Of a dead letter: when and why it was given up. */
  readonly deadLetteredAt?: string;
  readonly reason?: string;
}

export interface RecordList {
  readonly records: readonly ListedRecord[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: NamedRecord;
  /** Of all, whatever the filter. `more`: at least so many. */
  readonly total: number;
  readonly more: boolean;
}

export type ReadRecord = (
  named: NamedRecord,
) => Promise<CallResult<OutboxRecord | DeadLetter | 'unreadable' | 'gone', ArchiveError>>;

export interface ListRecordsPorts {
  readonly names: ReadRecordNames;
  readonly read: ReadRecord;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

export interface ListRecordsRequest {
  readonly filter: ListFilter;
  /** Absent: begin with the newest. */
  readonly after?: NamedRecord | undefined;
  readonly limit: number;
}

const readTogether = 16;
/** A list whose filter lets little through ends then, and says where to go on. */
const timeLimitMs = 3_000;

/** Whether what is listed passes all but the bot. */
export const passes = (
  { provider, wantsType, subject }: ListFilter,
  listed: { readonly provider: string; readonly type: string; readonly subject?: string | undefined },
): boolean =>
  (provider === undefined || listed.provider === provider) &&
  wantsType(listed.type) &&
  (subject === undefined || (listed.subject ?? '').toLowerCase().includes(subject.toLowerCase()));

export const listedOwedCopies = ({
  owed,
  history,
}: Pick<OutboxRecord, 'owed' | 'history'>): readonly ListedOwedCopy[] =>
  owed.map(({ bot, queue, attempts }) => {
    const reason = history.findLast((entry) => entry.bot === bot)?.reason;
    return { bot, queue, attempts, ...(reason !== undefined && { reason }) };
  });

const listedRecord = (name: string, record: OutboxRecord | DeadLetter): ListedRecord => {
  const { id, type, source, subject, time, provider } = record.attributes;
  const { archiveName: archived, size: bytes } = record.payload;
  return {
    ...{ id, type, source, ...(subject !== undefined && { subject }), time, provider },
    ...(record.repository !== undefined && { repository: record.repository }),
    ...{ archived, bytes, record: name, copies: listedOwedCopies(record) },
    ...('deadLetteredAt' in record && { deadLetteredAt: record.deadLetteredAt, reason: record.reason }),
  };
};

const isOlder = (one: NamedRecord, other: NamedRecord): boolean =>
  one.time !== other.time ? one.time < other.time : one.name < other.name;

/** A page of records, newest first. */
export const listRecords = async (
  { names, read, clock }: ListRecordsPorts,
  { filter, after, limit }: ListRecordsRequest,
): Promise<CallResult<RecordList, ArchiveError>> => {
  const all = await names();
  if (!all.ok) return all;
  const untilMs = clock.monotonicMs() + timeLimitMs;
  const { newest, more } = all.value;
  const left = after === undefined ? newest : newest.filter((record) => isOlder(record, after));
  const records: ListedRecord[] = [];
  let done = 0;
  while (done < left.length && records.length < limit && clock.monotonicMs() < untilMs) {
    const wave = left.slice(done, done + Math.min(readTogether, limit - records.length));
    const readings = await Promise.all(wave.map(async (named) => ({ name: named.name, reading: await read(named) })));
    for (const { name, reading } of readings) {
      if (!reading.ok) return reading;
      if (typeof reading.value === 'string') continue;
      const listed = listedRecord(name, reading.value);
      const isForBot = filter.bot === undefined || listed.copies.some(({ bot }) => bot === filter.bot);
      if (isForBot && passes(filter, listed)) records.push(listed);
    }
    done += wave.length;
  }
  const last = left[done - 1];
  const next = done < left.length && last !== undefined ? { next: last } : {};
  return { ok: true, value: { records, ...next, total: newest.length, more } };
};
