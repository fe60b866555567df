import { hash } from 'node:crypto';
import type { CallResult, CircuitBreakerError } from '../circuit-breaker/call-errors.js';
import type { GuardedCall } from '../circuit-breaker/guarded-call.js';
import type { EnvelopeAttributes } from '../envelope/event-envelope.js';
import type { Log } from '../observability/log/log.js';
import type { Metrics } from '../observability/metrics/metrics.js';
import type { ArchiveError } from './archive-error.js';
import type {
  ArchivedPayload,
  ArchivePage,
  PayloadArchive,
  PayloadToArchive,
  StoredPayload,
} from './payload-archive.js';

export interface ReportConflictsPorts {
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Where a payload whose id its sender used twice is stored, if it is yet, and the day on which the other bytes came, if not its own. */
export interface Conflict {
  readonly archivedAs: string | undefined;
  readonly otherOn?: string | undefined;
}

export type ReportConflict = (attributes: EnvelopeAttributes, conflict: Conflict) => void;

/** Reports that a sender used one id twice: both payloads are in the archive and reach every bot. */
export const createReportConflict =
  ({ log, metrics }: ReportConflictsPorts): ReportConflict =>
  ({ id, type, provider, correlationid: correlationId }, { archivedAs, otherOn }) => {
    log.write('warn', 'archive.conflict', { correlationId, id, type, provider, archivedAs, otherOn });
    metrics.count('breakwater_archive_conflicts_total', { provider });
  };

/** The same for a payload whose place was taken by other bytes. Reported once for each such payload, not for its repeats. */
export const reportConflict = (
  ports: ReportConflictsPorts,
  { attributes }: PayloadToArchive,
  { conflict, duplicate, name: archivedAs }: ArchivedPayload,
): void => {
  if (conflict && !duplicate) createReportConflict(ports)(attributes, { archivedAs });
};

/** The archive behind its breaker: answers within `timeoutMs` and never throws because storage fails. */
export type GuardedArchive = (
  payload: PayloadToArchive,
  timeoutMs: number,
) => Promise<CallResult<ArchivedPayload, ArchiveError>>;

/** Puts the breaker before the archive: the archive does not know about it. */
export const guardedArchive =
  (archive: PayloadArchive, breaker: GuardedCall<ArchivedPayload, ArchiveError>): GuardedArchive =>
  (payload, timeoutMs) =>
    breaker.call((signal) => archive.put(payload, signal), { timeoutMs });

/** Reads a payload through the breaker; `undefined` when nothing lies under the name. */
export type GuardedRead = (
  name: string,
  timeoutMs: number,
) => Promise<CallResult<StoredPayload | undefined, ArchiveError>>;

/** Puts the breaker before reading. */
export const guardedRead =
  (archive: PayloadArchive, breaker: GuardedCall<StoredPayload | undefined, ArchiveError>): GuardedRead =>
  (name, timeoutMs) =>
    breaker.call((signal) => archive.read(name, signal), { timeoutMs });

/** Lists payloads through the breaker, one page at a time. */
export type GuardedList = (
  prefix: string,
  from: string | undefined,
  timeoutMs: number,
) => Promise<CallResult<ArchivePage, ArchiveError>>;

/** Puts the breaker before listing. */
export const guardedList =
  (archive: PayloadArchive, breaker: GuardedCall<ArchivePage, ArchiveError>): GuardedList =>
  (prefix, from, timeoutMs) =>
    breaker.call((signal) => archive.list(prefix, from, signal), { timeoutMs });

/** The bytes that were archived, or why they are not available. */
export type IntactRead =
  | { readonly kind: 'intact'; readonly bytes: Buffer }
  | { readonly kind: 'damaged'; readonly reason: 'payload-missing' | 'payload-changed' }
  | { readonly kind: 'failed'; readonly error: CircuitBreakerError<ArchiveError> };

/** Reads a payload and compares it with its hash. */
export const readIntact = async (
  read: GuardedRead,
  { name, sha256 }: { readonly name: string; readonly sha256: string },
  timeoutMs: number,
): Promise<IntactRead> => {
  const reading = await read(name, timeoutMs);
  if (!reading.ok) return { kind: 'failed', error: reading.error };
  if (reading.value === undefined) return { kind: 'damaged', reason: 'payload-missing' };
  const bytes = reading.value.body;
  return hash('sha256', bytes, 'hex') === sha256
    ? { kind: 'intact', bytes }
    : { kind: 'damaged', reason: 'payload-changed' };
};
