import type { Log } from '../observability/log/log.js';
import type { Metrics } from '../observability/metrics/metrics.js';
import type { PayloadArchive } from './payload-archive.js';

export interface ReportConflictsPorts {
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * Says of each payload that found its place taken by other bytes that its sender used one id twice: both lie in the archive and
 * reach every bot. Said once for each such payload, not for its repeats.
 */
export const reportConflicts = (archive: PayloadArchive, { log, metrics }: ReportConflictsPorts): PayloadArchive => ({
  put: async (payload, signal) => {
    const archived = await archive.put(payload, signal);
    if (archived.conflict && !archived.duplicate) {
      const { id, type, provider, correlationid: correlationId } = payload.attributes;
      log.write('warn', 'archive.conflict', { correlationId, id, type, provider, archivedAs: archived.name });
      metrics.count('breakwater_archive_conflicts_total', { provider });
    }
    return archived;
  },
  read: (name, signal) => archive.read(name, signal),
  list: (prefix, from, signal) => archive.list(prefix, from, signal),
});
