import { ArchiveError, type ArchiveErrorCode } from '../../../src/archive/archive-error.js';
import { archiveAborted } from '../../../src/archive/classify-archive-error.js';
import { entryOf } from '../../../src/quarantine/quarantine-name.js';
import {
  asidePrefix,
  leaseSeconds,
  type QuarantineLease,
  type QuarantineStore,
} from '../../../src/quarantine/quarantine-store.js';
import type { Clock } from '../../../src/time/clock.js';
import { stopOnAbort } from '../../../src/time/clock.js';

/** What a switched fault does to a call: fails at once with a code, or stays silent until the caller gives up. */
export type QuarantineFault = { readonly kind: 'error'; readonly code: ArchiveErrorCode } | { readonly kind: 'hang' };

/** The quarantine in memory, with what a test needs to look inside and to make it fail. */
export interface MemoryQuarantineStore extends QuarantineStore {
  /** By name; what lies aside is among them. */
  records(): ReadonlyMap<string, Buffer>;
  /** Switches a fault of every call, or of one; `undefined` ends it. */
  setFault(fault: QuarantineFault | undefined, call?: keyof QuarantineStore): void;
  /** How often that was called. */
  calls(call: keyof QuarantineStore): number;
}

interface Lease {
  readonly id: string;
  readonly untilMs: number;
}

interface MemoryQuarantineOptions {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Names on one page of a listing. */
  readonly pageSize?: number;
}

/** A quarantine in memory whose leases end with the clock, as Blob Storage's do. */
export const createMemoryQuarantineStore = ({
  clock,
  pageSize = 1_000,
}: MemoryQuarantineOptions): MemoryQuarantineStore => {
  const records = new Map<string, Buffer>();
  const leases = new Map<string, Lease>();
  const faults = new Map<keyof QuarantineStore, QuarantineFault>();
  const calls = new Map<keyof QuarantineStore, number>();
  let wholeFault: QuarantineFault | undefined;
  let leaseCount = 0;

  const guarded = <T>(call: keyof QuarantineStore, signal: AbortSignal, work: () => T): Promise<T> =>
    stopOnAbort(signal, archiveAborted, async () => {
      calls.set(call, (calls.get(call) ?? 0) + 1);
      const fault = wholeFault ?? faults.get(call);
      if (fault?.kind === 'hang') await new Promise<never>(() => {});
      if (fault?.kind === 'error') throw new ArchiveError(fault.code, `Fails on purpose: ${fault.code}`);
      return work();
    });

  const leaseOf = (name: string): Lease | undefined => {
    const lease = leases.get(name);
    return lease !== undefined && lease.untilMs > clock.monotonicMs() ? lease : undefined;
  };

  const checkHeld = ({ name, leaseId }: QuarantineLease): void => {
    if (records.has(name) && leaseOf(name)?.id !== leaseId)
      throw new ArchiveError('refused', 'The lease is not there any more');
  };

  const create = (name: string, bytes: Buffer): void => {
    if (!records.has(name)) records.set(name, bytes);
  };

  const remove = (lease: QuarantineLease): void => {
    checkHeld(lease);
    records.delete(lease.name);
    leases.delete(lease.name);
  };

  return {
    create: (name, bytes, signal) => guarded('create', signal, () => create(name, bytes)),
    list: (from, signal) =>
      guarded('list', signal, () => {
        const names = [...records.keys()].toSorted().filter((name) => from === undefined || name >= from);
        const entries = names.slice(0, pageSize).flatMap((name) => entryOf(name, records.get(name)?.length ?? 0) ?? []);
        const next = names[pageSize];
        return { entries, ...(next !== undefined && { next }) };
      }),
    lease: (name, signal) =>
      guarded('lease', signal, () => {
        if (!records.has(name)) return 'gone';
        if (leaseOf(name) !== undefined) return 'taken';
        leaseCount += 1;
        const leaseId = `lease-${leaseCount}`;
        leases.set(name, { id: leaseId, untilMs: clock.monotonicMs() + leaseSeconds * 1_000 });
        return { name, leaseId };
      }),
    read: (name, signal) => guarded('read', signal, () => records.get(name) ?? 'gone'),
    release: (lease, signal) =>
      guarded('release', signal, () => {
        checkHeld(lease);
        leases.delete(lease.name);
      }),
    remove: (lease, signal) => guarded('remove', signal, () => remove(lease)),
    putAside: (lease, bytes, signal) =>
      guarded('putAside', signal, () => {
        create(`${asidePrefix}${lease.name}`, bytes);
        remove(lease);
      }),
    records: () => new Map(records),
    setFault(fault, call) {
      if (call === undefined) wholeFault = fault;
      else if (fault === undefined) faults.delete(call);
      else faults.set(call, fault);
    },
    calls: (call) => calls.get(call) ?? 0,
  };
};
