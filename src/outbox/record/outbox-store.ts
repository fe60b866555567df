import type { ArchiveError } from '../../archive/archive-error.js';
import type { CallResult } from '../../circuit-breaker/call-errors.js';
import type { GuardedCall } from '../../circuit-breaker/guarded-call.js';
import type { DeadLetter, OutboxRecord } from './outbox-record.js';

/** A record as a listing shows it. */
export interface PendingRecord {
  readonly name: string;
  /** What orders it, RFC 3339 UTC: when its event arrived. */
  readonly time: string;
  /** Changes with every write. */
  readonly version?: string;
  /** Who is owed a copy; absent: it has to be read. */
  readonly bots?: readonly string[];
  /** The record as it was when it was listed. Absent, or answering nothing: it has to be read. */
  readonly shown?: () => StoredRecord | undefined;
}

export interface OutboxPage {
  readonly records: readonly PendingRecord[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
}

/** A record that was read; `version` changes with every write. */
export interface StoredRecord {
  readonly name: string;
  readonly version: string;
  readonly record: OutboxRecord;
}

/** A dead letter that was read; `version` changes with every write. */
export interface StoredLetter {
  readonly name: string;
  readonly version: string;
  readonly letter: DeadLetter;
}

/** The sole right to deliver one record, for `leaseSeconds` at most. */
export interface RecordLease {
  readonly name: string;
  readonly leaseId: string;
}

/** A copy that the outbox has delivered. */
export interface DeliveredCopy {
  readonly queue: string;
  readonly messageId: string;
}

/** Copies by the key that each is remembered under: up to 40 characters of base64url. */
export type CopiesByKey = ReadonlyMap<string, DeliveredCopy>;

export interface DeliveredPage {
  readonly keys: readonly string[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
}

/** Longer than the work on one record ever takes; a killed instance holds up its records no longer than this. */
export const leaseSeconds = 30;

/**
 * The outbox port. A record is created, leased, then updated or removed under its lease: who has no lease, or lost it, is
 * refused by the store itself. All methods throw `ArchiveError` and nothing else: the outbox lies where the archive does.
 */
export interface OutboxStore {
  /** Durable once it resolves. Harmless to repeat; a record that already owes the same stands for this one. */
  create(record: OutboxRecord, signal: AbortSignal): Promise<void>;
  /** Names in order: hours ascend, the order inside an hour says nothing. Shows the records themselves, as far as they fit. */
  list(from: string | undefined, signal: AbortSignal): Promise<OutboxPage>;
  /** `unreadable`: what lies there is no record of ours. */
  read(name: string, signal: AbortSignal): Promise<StoredRecord | 'unreadable' | 'gone'>;
  /** `taken`: leased by another or changed since it was read or listed. */
  lease(stored: StoredRecord, signal: AbortSignal): Promise<RecordLease | 'taken' | 'gone'>;
  /** Gives a lease back. */
  release(lease: RecordLease, signal: AbortSignal): Promise<void>;
  /** Replaces the record. The lease stays. */
  update(lease: RecordLease, record: OutboxRecord, signal: AbortSignal): Promise<void>;
  /** Ends the record and its lease. */
  remove(lease: RecordLease, signal: AbortSignal): Promise<void>;
  /** Durable once it resolves; harmless to repeat, and never replaces another dead letter. */
  deadLetter(letter: DeadLetter, signal: AbortSignal): Promise<void>;
  /** As `list`, by name and time alone. */
  listDeadLetters(from: string | undefined, signal: AbortSignal): Promise<OutboxPage>;
  /** Writes down that copies were delivered, up to 24 at once; harmless to repeat. A rule of the storage account forgets them after nine days. */
  remember(copies: CopiesByKey, signal: AbortSignal): Promise<void>;
  /** The keys of what is remembered, in no order. */
  listDelivered(from: string | undefined, signal: AbortSignal): Promise<DeliveredPage>;
  /** As `read`. */
  readDeadLetter(name: string, signal: AbortSignal): Promise<StoredLetter | 'unreadable' | 'gone'>;
  /** Puts what is left of a dead letter in its place, or ends it. `changed`: it is not as it was read, and stays as it is. */
  replaceDeadLetter(
    stored: StoredLetter,
    rest: DeadLetter | undefined,
    signal: AbortSignal,
  ): Promise<'replaced' | 'changed'>;
}

type Guarded<T> = Promise<CallResult<T, ArchiveError>>;

/** The outbox behind the storage breaker: every call returns within `timeoutMs` and never throws because storage fails. */
export interface GuardedOutbox {
  create(record: OutboxRecord, timeoutMs: number): Guarded<void>;
  list(from: string | undefined, timeoutMs: number): Guarded<OutboxPage>;
  read(name: string, timeoutMs: number): Guarded<StoredRecord | 'unreadable' | 'gone'>;
  lease(stored: StoredRecord, timeoutMs: number): Guarded<RecordLease | 'taken' | 'gone'>;
  release(lease: RecordLease, timeoutMs: number): Guarded<void>;
  update(lease: RecordLease, record: OutboxRecord, timeoutMs: number): Guarded<void>;
  remove(lease: RecordLease, timeoutMs: number): Guarded<void>;
  deadLetter(letter: DeadLetter, timeoutMs: number): Guarded<void>;
  remember(copies: CopiesByKey, timeoutMs: number): Guarded<void>;
  listDeadLetters(from: string | undefined, timeoutMs: number): Guarded<OutboxPage>;
  readDeadLetter(name: string, timeoutMs: number): Guarded<StoredLetter | 'unreadable' | 'gone'>;
  replaceDeadLetter(
    stored: StoredLetter,
    rest: DeadLetter | undefined,
    timeoutMs: number,
  ): Guarded<'replaced' | 'changed'>;
}

/** Puts the breaker in front of the outbox, which does not know about it. */
export const guardedOutbox = (store: OutboxStore, breaker: GuardedCall<unknown, ArchiveError>): GuardedOutbox => ({
  create: (record, timeoutMs) => breaker.call((signal) => store.create(record, signal), { timeoutMs }),
  list: (from, timeoutMs) => breaker.call((signal) => store.list(from, signal), { timeoutMs }),
  read: (name, timeoutMs) => breaker.call((signal) => store.read(name, signal), { timeoutMs }),
  lease: (stored, timeoutMs) => breaker.call((signal) => store.lease(stored, signal), { timeoutMs }),
  release: (lease, timeoutMs) => breaker.call((signal) => store.release(lease, signal), { timeoutMs }),
  update: (lease, record, timeoutMs) => breaker.call((signal) => store.update(lease, record, signal), { timeoutMs }),
  remove: (lease, timeoutMs) => breaker.call((signal) => store.remove(lease, signal), { timeoutMs }),
  deadLetter: (letter, timeoutMs) => breaker.call((signal) => store.deadLetter(letter, signal), { timeoutMs }),
  remember: (copies, timeoutMs) => breaker.call((signal) => store.remember(copies, signal), { timeoutMs }),
  listDeadLetters: (from, timeoutMs) => breaker.call((signal) => store.listDeadLetters(from, signal), { timeoutMs }),
  readDeadLetter: (name, timeoutMs) => breaker.call((signal) => store.readDeadLetter(name, signal), { timeoutMs }),
  replaceDeadLetter: (stored, rest, timeoutMs) =>
    breaker.call((signal) => store.replaceDeadLetter(stored, rest, signal), { timeoutMs }),
});
