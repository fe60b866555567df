import type { ArchiveError } from '../archive/archive-error.js';
import { safeFileName } from '../archive/archive-name.js';
import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { OutboxPage, PendingRecord } from '../outbox/record/outbox-store.js';
import type { Clock } from '../time/clock.js';

/** A record by its listing alone. */
export type NamedRecord = Pick<PendingRecord, 'name' | 'time'>;

/** Every record that lies in the outbox, or among the dead letters. */
export interface RecordNames {
  /** Newest first. */
  readonly newest: readonly NamedRecord[];
  /** There are more than were listed. */
  readonly more: boolean;
  /** Names of the records that an event with this id may have; another id may look alike. */
  readonly namesFor: (id: string) => readonly string[];
}

export interface RecordNamesPorts {
  readonly list: (from: string | undefined, timeoutMs: number) => Promise<CallResult<OutboxPage, ArchiveError>>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

export type ReadRecordNames = () => Promise<CallResult<RecordNames, ArchiveError>>;

/** 50,000 records: enough for every outbox that is not itself a catastrophe. */
const maxPages = 50;
const callTimeoutMs = 8_000;
const freshMs = 1_000;
/** A look that took long is not repeated soon: looking costs a twentieth of the time at most. */
const restShare = 20;

const byNewest = (one: NamedRecord, other: NamedRecord): number =>
  one.time !== other.time ? (one.time > other.time ? -1 : 1) : one.name > other.name ? -1 : 1;

const fileOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1).replace(/\.json(?:@.*)?$/, '');
const besideForm = /-[0-9a-f]{64}$/;

const namesFrom = (records: readonly NamedRecord[], more: boolean): RecordNames => {
  const byFile = new Map<string, string[]>();
  const add = (file: string, name: string): void => void byFile.set(file, [...(byFile.get(file) ?? []), name]);
  for (const { name } of records) {
    const file = fileOf(name);
    add(file, name);
    if (besideForm.test(file)) add(file.replace(besideForm, ''), name);
  }
  return { newest: records.toSorted(byNewest), more, namesFor: (id) => byFile.get(safeFileName(id)) ?? [] };
};

/** Lists all names; a caller that asks again soon, or at the same time, gets the same answer. */
export const createRecordNames = ({ list, clock }: RecordNamesPorts): ReadRecordNames => {
  let looking: ReturnType<ReadRecordNames> | undefined;
  let last: { readonly names: Awaited<ReturnType<ReadRecordNames>>; readonly untilMs: number } | undefined;

  const look: ReadRecordNames = async () => {
    const records: NamedRecord[] = [];
    let from: string | undefined;
    for (let pages = 0; pages < maxPages; pages += 1) {
      const page = await list(from, callTimeoutMs);
      if (!page.ok) return page;
      records.push(...page.value.records.map(({ name, time }) => ({ name, time })));
      from = page.value.next;
      if (from === undefined) break;
    }
    return { ok: true, value: namesFrom(records, from !== undefined) };
  };

  return async () => {
    const nowMs = clock.monotonicMs();
    if (last !== undefined && nowMs < last.untilMs) return last.names;
    looking ??= look().then((names) => {
      const tookMs = clock.monotonicMs() - nowMs;
      last = names.ok ? { names, untilMs: nowMs + Math.max(freshMs, tookMs * restShare) } : undefined;
      looking = undefined;
      return names;
    });
    return looking;
  };
};
