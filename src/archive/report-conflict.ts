import type { Log } from '../observability/log/log.js';
import type { Metrics } from '../observability/metrics/metrics.js';
import type { ArchivedPayload, PayloadToArchive } from './payload-archive.js';

export interface ReportConflictsPorts {
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * Says of a payload that found its place taken by other bytes that its sender used one id twice: both lie in the archive and
 * reach every bot. Said once for each such payload, not for its repeats.
 */
export const reportConflict = (
  { log, metrics }: ReportConflictsPorts,
  { attributes }: PayloadToArchive,
  { conflict, duplicate, name: archivedAs }: ArchivedPayload,
): void => {
  if (!conflict || duplicate) return;
  const { id, type, provider, correlationid: correlationId } = attributes;
  log.write('warn', 'archive.conflict', { correlationId, id, type, provider, archivedAs });
  metrics.count('breakwater_archive_conflicts_total', { provider });
};
