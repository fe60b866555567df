import { ArchiveError, type ArchiveErrorCode } from '../../../src/archive/archive-error.js';
import type { PublishedList, PublishedListStore } from '../../../src/source-ranges/published-list.js';

/** The list held by this process, with a switch that makes the store fail. */
export interface MemoryPublishedListStore extends PublishedListStore {
  setFault(code: ArchiveErrorCode | undefined): void;
}

export const createMemoryPublishedListStore = (held?: PublishedList): MemoryPublishedListStore => {
  let list = held;
  let fault: ArchiveErrorCode | undefined;
  const check = (signal: AbortSignal): void => {
    if (signal.aborted) throw new ArchiveError('aborted', 'List in memory: aborted');
    if (fault !== undefined) throw new ArchiveError(fault, `List in memory: told to fail (${fault})`);
  };

  return {
    async read(signal) {
      check(signal);
      return list;
    },
    async write(next, signal) {
      check(signal);
      list = next;
    },
    setFault: (code) => {
      fault = code;
    },
  };
};
