import { ArchiveError } from '../../../src/archive/archive-error.js';
import { archiveAborted } from '../../../src/archive/classify-archive-error.js';
import type { IndexStore } from '../../../src/archive-index/index-store.js';
import { stopOnAbort } from '../../../src/time/clock.js';

/** The index in memory, with what a test needs to look inside and to make it fail. */
export interface MemoryIndexStore extends IndexStore {
  parts(): ReadonlyMap<string, Buffer>;
  setFault(fault: 'error' | 'hang' | undefined): void;
}

/** `pageSize`: names on one page of a listing. */
export const createMemoryIndexStore = ({ pageSize = 256 }: { readonly pageSize?: number } = {}): MemoryIndexStore => {
  const parts = new Map<string, Buffer>();
  let current: 'error' | 'hang' | undefined;

  const guarded = <T>(signal: AbortSignal, work: () => T): Promise<T> =>
    stopOnAbort(signal, archiveAborted, async () => {
      if (current === 'hang') await new Promise<never>(() => {});
      if (current === 'error') throw new ArchiveError('unavailable', 'Fails on purpose');
      return work();
    });

  return {
    write: (name, bytes, signal) =>
      guarded(signal, () => {
        if (!parts.has(name)) parts.set(name, bytes);
      }),
    list: (start, signal) =>
      guarded(signal, () => {
        const from = 'name' in start ? start.name : start.next;
        const names = [...parts.keys()].toSorted().filter((name) => name >= from);
        const next = names[pageSize];
        return { names: names.slice(0, pageSize), ...(next !== undefined && { next }) };
      }),
    read: (name, signal) => guarded(signal, () => parts.get(name) ?? Buffer.alloc(0)),
    parts: () => parts,
    setFault: (fault) => {
      current = fault;
    },
  };
};
