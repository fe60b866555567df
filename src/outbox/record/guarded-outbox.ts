import type { ArchiveError } from '../../archive/archive-error.js';
import type { CallResult } from '../../circuit-breaker/call-errors.js';
import type { GuardedCall } from '../../circuit-breaker/guarded-call.js';
import type { DeadLetter, OutboxRecord } from './outbox-record.js';
import type { CopiesByKey, OutboxPage, OutboxStore, RecordLease, StoredLetter, StoredRecord } from './outbox-store.js';

type Guarded<T> = Promise<CallResult<T, ArchiveError>>;

/** The outbox behind the storage breaker: every call answers within `timeoutMs` and never throws because storage fails. */
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

/** Puts the breaker before the outbox: the outbox does not know about it. */
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
