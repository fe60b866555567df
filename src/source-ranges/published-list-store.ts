import type { PublishedList } from './published-list.js';

/**
 * The port for the last good list, shared by every instance: the timer runs on one of them only. `read` answers `undefined` when
 * there is none. Both throw `ArchiveError` and nothing else.
 */
export interface PublishedListStore {
  read(signal: AbortSignal): Promise<PublishedList | undefined>;
  write(list: PublishedList, signal: AbortSignal): Promise<void>;
}
