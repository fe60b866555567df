import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { GuardedCall } from '../circuit-breaker/guarded-call.js';
import type { ArchiveError } from './archive-error.js';
import type {
  ArchivedPayload,
  ArchivePage,
  PayloadArchive,
  PayloadToArchive,
  StoredPayload,
} from './payload-archive.js';

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
