import { ArchiveError } from '../../../src/archive/archive-error.js';
import { archiveAborted } from '../../../src/archive/classify-archive-error.js';
import { type PresenceNote, type PresenceStore, presenceSeconds } from '../../../src/presence/presence-store.js';
import type { Clock } from '../../../src/time/clock.js';
import { stopOnAbort } from '../../../src/time/clock.js';

/** The port in memory, with what a test needs to look inside and to make it fail. */
export interface MemoryPresenceStore extends PresenceStore {
  notes(): readonly PresenceNote[];
  /** While true every call fails. */
  setAway(isAway: boolean): void;
}

interface Entry {
  readonly note: PresenceNote;
  readonly version: number;
  readonly leaseId: string;
  readonly untilMs: number;
}

/** Notes in memory whose leases end with the clock, as Blob Storage's do. */
export const createMemoryPresenceStore = (clock: Pick<Clock, 'monotonicMs'>): MemoryPresenceStore => {
  const entries = new Map<string, Entry>();
  let away = false;
  let count = 0;

  const call = <T>(signal: AbortSignal, work: () => T): Promise<T> =>
    stopOnAbort(signal, archiveAborted, async () => {
      if (away) throw new ArchiveError('unavailable', 'Fails on purpose');
      return work();
    });
  const hold = (name: string, note: PresenceNote, version: number): string => {
    count += 1;
    const leaseId = `lease-${count}`;
    entries.set(name, { note, version, leaseId, untilMs: clock.monotonicMs() + presenceSeconds * 1_000 });
    return leaseId;
  };
  const isHeld = ({ untilMs }: Entry): boolean => untilMs > clock.monotonicMs();

  return {
    announce: (name, note, signal) => call(signal, () => ({ name, leaseId: hold(name, note, 0) })),
    // Blob Storage renews a lease that has ended, unless another has taken the blob meanwhile.
    renew: ({ name, leaseId }, note, signal) =>
      call(signal, () => {
        const entry = entries.get(name);
        if (entry?.leaseId !== leaseId) return 'lost';
        const untilMs = clock.monotonicMs() + presenceSeconds * 1_000;
        const version = entry.version + (note === undefined ? 0 : 1);
        entries.set(name, { note: note ?? entry.note, version, leaseId, untilMs });
        return 'renewed';
      }),
    release: ({ name, leaseId }, signal) =>
      call(signal, () => {
        const entry = entries.get(name);
        if (entry?.leaseId === leaseId) entries.set(name, { ...entry, untilMs: 0, leaseId: '' });
      }),
    remove: ({ name, leaseId }, signal) =>
      call(signal, () => {
        if (entries.get(name)?.leaseId === leaseId) entries.delete(name);
      }),
    list: (signal) =>
      call(signal, () => {
        const all = [...entries];
        return {
          held: all.filter(([, entry]) => isHeld(entry)).map(([, { note }]) => note),
          abandoned: all
            .filter(([, entry]) => !isHeld(entry))
            .map(([name, { note, version }]) => ({ name, version: String(version), note })),
        };
      }),
    take: ({ name, version, note }, signal) =>
      call(signal, () => {
        const entry = entries.get(name);
        if (entry === undefined || isHeld(entry) || String(entry.version) !== version) return 'taken';
        return { name, leaseId: hold(name, note, entry.version) };
      }),
    notes: () => [...entries.values()].map(({ note }) => note),
    setAway(isAway) {
      away = isAway;
    },
  };
};
