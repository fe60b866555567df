import type { ArchiveError } from '../archive/archive-error.js';
import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { GuardedCall } from '../circuit-breaker/guarded-call.js';
import type { QuarantineLease, QuarantinePage, QuarantineStore } from './quarantine-store.js';

type Guarded<T> = Promise<CallResult<T, ArchiveError>>;

/** The quarantine behind the storage breaker: every call answers within `timeoutMs` and never throws because storage fails. */
export interface GuardedQuarantine {
  create(name: string, bytes: Buffer, timeoutMs: number): Guarded<void>;
  list(from: string | undefined, timeoutMs: number): Guarded<QuarantinePage>;
  lease(name: string, timeoutMs: number): Guarded<QuarantineLease | 'taken' | 'gone'>;
  read(name: string, timeoutMs: number): Guarded<Buffer | 'gone'>;
  release(lease: QuarantineLease, timeoutMs: number): Guarded<void>;
  remove(lease: QuarantineLease, timeoutMs: number): Guarded<void>;
  putAside(lease: QuarantineLease, bytes: Buffer, timeoutMs: number): Guarded<void>;
}

/** Puts the breaker before the quarantine: the quarantine does not know about it. */
export const guardedQuarantine = (
  store: QuarantineStore,
  breaker: GuardedCall<unknown, ArchiveError>,
): GuardedQuarantine => ({
  create: (name, bytes, timeoutMs) => breaker.call((signal) => store.create(name, bytes, signal), { timeoutMs }),
  list: (from, timeoutMs) => breaker.call((signal) => store.list(from, signal), { timeoutMs }),
  lease: (name, timeoutMs) => breaker.call((signal) => store.lease(name, signal), { timeoutMs }),
  read: (name, timeoutMs) => breaker.call((signal) => store.read(name, signal), { timeoutMs }),
  release: (lease, timeoutMs) => breaker.call((signal) => store.release(lease, signal), { timeoutMs }),
  remove: (lease, timeoutMs) => breaker.call((signal) => store.remove(lease, signal), { timeoutMs }),
  putAside: (lease, bytes, timeoutMs) => breaker.call((signal) => store.putAside(lease, bytes, signal), { timeoutMs }),
});
