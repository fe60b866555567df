import type { EnvelopeAttributes } from '../envelope/event-envelope.js';
import type { Log } from '../observability/log/log.js';
import type { Metrics } from '../observability/metrics/metrics.js';
import type { ArchivedPayload, PayloadToArchive } from './payload-archive.js';

export interface ReportConflictsPorts {
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Where a payload lies whose id its sender used twice, as far as it lies anywhere yet; on which day other bytes came, if not on its own. */
export interface Conflict {
  readonly archivedAs: string | undefined;
  readonly otherOn?: string | undefined;
}

export type ReportConflict = (attributes: EnvelopeAttributes, conflict: Conflict) => void;

/** Says that a sender used one id twice: both payloads lie in the archive and reach every bot. */
export const createReportConflict =
  ({ log, metrics }: ReportConflictsPorts): ReportConflict =>
  ({ id, type, provider, correlationid: correlationId }, { archivedAs, otherOn }) => {
    log.write('warn', 'archive.conflict', { correlationId, id, type, provider, archivedAs, otherOn });
    metrics.count('breakwater_archive_conflicts_total', { provider });
  };

/** The same of a payload that found its place taken by other bytes. Said once for each such payload, not for its repeats. */
export const reportConflict = (
  ports: ReportConflictsPorts,
  { attributes }: PayloadToArchive,
  { conflict, duplicate, name: archivedAs }: ArchivedPayload,
): void => {
  if (conflict && !duplicate) createReportConflict(ports)(attributes, { archivedAs });
};
