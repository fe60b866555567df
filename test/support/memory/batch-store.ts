import { ArchiveError, type ArchiveErrorCode } from '../../../src/archive/archive-error.js';
import { archiveAborted } from '../../../src/archive/classify-archive-error.js';
import type { BatchStore, PendingBatch } from '../../../src/batches/batch-store.js';
import { stopOnAbort } from '../../../src/time/clock.js';

/** The port in memory, with what a test needs to look inside and to make it fail. */
export interface MemoryBatchStore extends BatchStore {
  pending(): readonly PendingBatch[];
  /** Every call fails with this code, or stays silent; `undefined` ends it. */
  setFault(fault: ArchiveErrorCode | 'hang' | undefined): void;
}

/** Batches in memory. */
export const createMemoryBatchStore = (): MemoryBatchStore => {
  const batches = new Map<string, { readonly bytes: Buffer; readonly left?: string }>();
  let fault: ArchiveErrorCode | 'hang' | undefined;

  const guarded = <T>(signal: AbortSignal, work: () => T): Promise<T> =>
    stopOnAbort(signal, archiveAborted, async () => {
      if (fault === 'hang') await new Promise<never>(() => {});
      else if (fault !== undefined) throw new ArchiveError(fault, `Fails on purpose: ${fault}`);
      return work();
    });

  const pending = (): readonly PendingBatch[] =>
    [...batches]
      .map(([name, { left }]) => ({ name, ...(left !== undefined && { left }) }))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1));

  return {
    create: ({ name, bytes, ...left }, signal) =>
      guarded(signal, () => {
        if (!batches.has(name)) batches.set(name, { bytes: Buffer.from(bytes), ...left });
      }),
    list: (signal) => guarded(signal, pending),
    read: (name, signal) => guarded(signal, () => batches.get(name)?.bytes ?? 'gone'),
    saveLeft: (name, left, signal) =>
      guarded(signal, () => {
        const batch = batches.get(name);
        if (batch !== undefined) batches.set(name, { ...batch, left });
      }),
    remove: (name, signal) => guarded(signal, () => void batches.delete(name)),
    pending,
    setFault: (next) => {
      fault = next;
    },
  };
};
