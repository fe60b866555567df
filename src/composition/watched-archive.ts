import type { PayloadArchive } from '../archive/payload-archive.js';
import { type ReportConflictsPorts, reportConflict } from '../archive/report-conflict.js';
import type { ArchiveIndex } from '../archive-index/archive-index.js';
import type { Patience } from '../ingest/patience.js';
import type { Presence } from '../presence/presence.js';
import type { ReportCall } from './observation.js';

export interface WatchedArchiveParts extends ReportConflictsPorts {
  /** What storage is called in telemetry. */
  readonly target: string;
  readonly reportCall: ReportCall;
  readonly patience: Patience;
  /** Absent: nothing is written down of what is archived. */
  readonly index: Pick<ArchiveIndex, 'noteArchived'> | undefined;
  /** In whose name it is archived, once others know that it lives; absent: in nobody's. */
  readonly presence: Pick<Presence, 'known' | 'process'> | undefined;
}

/**
 * All that happens beside a payload's way into one account, whichever guard it goes through: telemetry is told of the call, its time says what is
 * overdue, an id that its sender used twice is reported, and the index notes what was new.
 */
export const watchedArchive = (archive: PayloadArchive, parts: WatchedArchiveParts): PayloadArchive => {
  const { target, reportCall, patience, index, presence } = parts;
  const identity = { name: 'archive', type: 'Azure blob', target };
  return {
    put: async (payload, signal) => {
      if (presence !== undefined) await presence.known();
      const named = presence === undefined ? payload : { ...payload, process: presence.process };
      const archived = await patience.watch(reportCall(identity, archive.put(named, signal)));
      reportConflict(parts, payload, archived);
      index?.noteArchived(payload, archived);
      return archived;
    },
    read: (name, signal) => archive.read(name, signal),
    list: (prefix, from, signal) => archive.list(prefix, from, signal),
  };
};
