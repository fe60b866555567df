import { ArchiveError, type ArchiveErrorCode } from '../../../src/archive/archive-error.js';
import { archiveAborted } from '../../../src/archive/classify-archive-error.js';
import { createRecord } from '../../../src/outbox/record/create-record.js';
import { type DeadLetter, type OutboxRecord, orderTime } from '../../../src/outbox/record/outbox-record.js';
import {
  type DeliveredCopy,
  leaseSeconds,
  type OutboxPage,
  type OutboxStore,
  type PendingRecord,
  type RecordLease,
  type StoredRecord,
} from '../../../src/outbox/record/outbox-store.js';
import type { Clock } from '../../../src/time/clock.js';
import { stopOnAbort } from '../../../src/time/clock.js';

/** What a switched fault does to a call: fails at once with a code, or stays silent until the caller gives up. */
export type OutboxFault = { readonly kind: 'error'; readonly code: ArchiveErrorCode } | { readonly kind: 'hang' };

type OutboxCall = keyof OutboxStore;

/** The outbox port in memory, with what a test needs to look inside and to make it fail. */
export interface MemoryOutboxStore extends OutboxStore {
  records(): ReadonlyMap<string, OutboxRecord>;
  deadLetters(): ReadonlyMap<string, DeadLetter>;
  delivered(): readonly DeliveredCopy[];
  /** Switches a fault of every call, or of one; `undefined` ends it. */
  setFault(fault: OutboxFault | undefined, call?: OutboxCall): void;
}

const timeOf = (record: OutboxRecord | undefined): string => (record === undefined ? '' : orderTime(record));

const botsOf = (record: OutboxRecord | undefined): readonly string[] => record?.owed.map(({ bot }) => bot) ?? [];

interface Entry {
  readonly record: OutboxRecord;
  readonly version: number;
  readonly lease?: { readonly id: string; readonly untilMs: number } | undefined;
}

/** `pageSize`: names on one page of a listing. */
export interface MemoryOutboxOptions {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly pageSize?: number;
}

/** An outbox in memory whose leases end with the clock, as Blob Storage's do. */
export const createMemoryOutboxStore = ({ clock, pageSize = 5_000 }: MemoryOutboxOptions): MemoryOutboxStore => {
  const entries = new Map<string, Entry>();
  const letters = new Map<string, { readonly letter: DeadLetter; readonly version: string }>();
  const delivered = new Map<string, DeliveredCopy>();
  const faults = new Map<OutboxCall, OutboxFault>();
  let wholeFault: OutboxFault | undefined;
  let count = 0;

  const guarded = <T>(call: OutboxCall, signal: AbortSignal, work: () => T | Promise<T>): Promise<T> =>
    stopOnAbort(signal, archiveAborted, async () => {
      const fault = wholeFault ?? faults.get(call);
      if (fault?.kind === 'hang') await new Promise<never>(() => {});
      if (fault?.kind === 'error') throw new ArchiveError(fault.code, `Fails on purpose: ${fault.code}`);
      return work();
    });

  const next = (): number => {
    count += 1;
    return count;
  };

  const leaseOf = ({ lease }: Entry) =>
    lease !== undefined && lease.untilMs > clock.monotonicMs() ? lease : undefined;

  const held = ({ name, leaseId }: RecordLease): Entry => {
    const entry = entries.get(name);
    if (entry !== undefined && leaseOf(entry)?.id === leaseId) return entry;
    throw new ArchiveError('refused', 'The lease is not there any more');
  };

  const pageOf = (
    from: string | undefined,
    all: readonly string[],
    get: (name: string) => OutboxRecord | undefined,
  ): OutboxPage => {
    const names = all.toSorted().filter((name) => from === undefined || name >= from);
    const records = names
      .slice(0, pageSize)
      .map((name) => ({ name, time: timeOf(get(name)), bots: botsOf(get(name)) }));
    const following = names[pageSize];
    return { records, ...(following !== undefined && { next: following }) };
  };

  const read = (name: string): StoredRecord | undefined => {
    const entry = entries.get(name);
    return entry && { name, version: String(entry.version), record: entry.record };
  };

  const list = (from: string | undefined): OutboxPage => {
    const page = pageOf(from, [...entries.keys()], (name) => entries.get(name)?.record);
    const show = (pending: PendingRecord): PendingRecord => {
      const stored = read(pending.name);
      return { ...pending, ...(stored !== undefined && { version: stored.version }), shown: () => stored };
    };
    return { ...page, records: page.records.map(show) };
  };

  return {
    create: (record, signal) =>
      guarded('create', signal, () =>
        createRecord(
          {
            create: async (name, created) => {
              if (entries.has(name)) return 'taken';
              entries.set(name, { record: created, version: next() });
              return 'created';
            },
            read: async (name) => entries.get(name)?.record ?? 'gone',
          },
          record,
        ),
      ),
    list: (from, signal) => guarded('list', signal, () => list(from)),
    read: (name, signal) => guarded('read', signal, () => read(name) ?? 'gone'),
    lease: ({ name, version }, signal) =>
      guarded('lease', signal, () => {
        const entry = entries.get(name);
        if (entry === undefined) return 'gone';
        if (leaseOf(entry) !== undefined || String(entry.version) !== version) return 'taken';
        const leaseId = `lease-${next()}`;
        const untilMs = clock.monotonicMs() + leaseSeconds * 1_000;
        entries.set(name, { ...entry, lease: { id: leaseId, untilMs } });
        return { name, leaseId };
      }),
    release: (lease, signal) =>
      guarded('release', signal, () => void entries.set(lease.name, { ...held(lease), lease: undefined })),
    update: (lease, record, signal) =>
      guarded('update', signal, () => void entries.set(lease.name, { ...held(lease), record, version: next() })),
    remove: (lease, signal) =>
      guarded('remove', signal, () => {
        if (!entries.has(lease.name)) return;
        held(lease);
        entries.delete(lease.name);
      }),
    listDeadLetters: (from, signal) =>
      guarded('listDeadLetters', signal, () => pageOf(from, [...letters.keys()], (name) => letters.get(name)?.letter)),
    remember: (copies, signal) =>
      guarded('remember', signal, () => {
        for (const [key, copy] of copies) delivered.set(key, copy);
      }),
    listDelivered: (from, signal) =>
      guarded('listDelivered', signal, () => {
        const keys = [...delivered.keys()].toSorted().filter((key) => from === undefined || key >= from);
        const following = keys[pageSize];
        return { keys: keys.slice(0, pageSize), ...(following !== undefined && { next: following }) };
      }),
    readDeadLetter: (name, signal) =>
      guarded('readDeadLetter', signal, () => {
        const found = letters.get(name);
        return found === undefined ? 'gone' : { name, ...found };
      }),
    replaceDeadLetter: ({ name, version }, rest, signal) =>
      guarded('replaceDeadLetter', signal, () => {
        if (letters.get(name)?.version !== version) return 'changed';
        if (rest === undefined) letters.delete(name);
        else letters.set(name, { letter: rest, version: String(next()) });
        return 'replaced';
      }),
    deadLetter: (letter, signal) =>
      guarded('deadLetter', signal, () =>
        createRecord(
          {
            create: async (name, created) => {
              if (letters.has(name)) return 'taken';
              letters.set(name, { letter: created, version: String(next()) });
              return 'created';
            },
            read: async (name) => letters.get(name)?.letter ?? 'gone',
          },
          letter,
        ),
      ),
    records: () => new Map([...entries].map(([name, { record }]) => [name, record])),
    deadLetters: () => new Map([...letters].map(([name, { letter }]) => [name, letter])),
    delivered: () => [...delivered.values()],
    setFault(fault, call) {
      if (call === undefined) wholeFault = fault;
      else if (fault === undefined) faults.delete(call);
      else faults.set(call, fault);
    },
  };
};
