import type { ArchiveError } from '../archive/archive-error.js';
import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { GuardedCall } from '../circuit-breaker/guarded-call.js';
import type { QuarantineEntry } from './quarantine-name.js';

/** The sole right to decide on one record, for `leaseSeconds` at most. */
export interface QuarantineLease {
  readonly name: string;
  readonly leaseId: string;
}

export interface QuarantinePage {
  readonly entries: readonly QuarantineEntry[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
}

/** Longer than the work on one record ever takes; a killed instance holds up its provider's records no longer than this. */
export const leaseSeconds = 45;

/** Where what cannot be taken any more lies, for people to look at. */
export const asidePrefix = 'aside/';

/**
 * Where deliveries wait that could not be verified. Nothing in it was verified, and nothing of it leaves but by its verification.
 * All methods throw `ArchiveError` and nothing else.
 */
export interface QuarantineStore {
  /** Durable once it resolves; harmless to repeat, and never replaces another. */
  create(name: string, bytes: Buffer, signal: AbortSignal): Promise<void>;
  /** Names in order: of one provider the oldest first. Without what lies aside. */
  list(from: string | undefined, signal: AbortSignal): Promise<QuarantinePage>;
  /** `taken`: leased by another. */
  lease(name: string, signal: AbortSignal): Promise<QuarantineLease | 'taken' | 'gone'>;
  read(name: string, signal: AbortSignal): Promise<Buffer | 'gone'>;
  release(lease: QuarantineLease, signal: AbortSignal): Promise<void>;
  /** Ends the record and its lease. Harmless to repeat. */
  remove(lease: QuarantineLease, signal: AbortSignal): Promise<void>;
  /** Moves the record aside. Harmless to repeat. */
  putAside(lease: QuarantineLease, bytes: Buffer, signal: AbortSignal): Promise<void>;
}

type Guarded<T> = Promise<CallResult<T, ArchiveError>>;

/** The quarantine behind the storage breaker: every call returns within `timeoutMs` and never throws because storage fails. */
export interface GuardedQuarantine {
  create(name: string, bytes: Buffer, timeoutMs: number): Guarded<void>;
  list(from: string | undefined, timeoutMs: number): Guarded<QuarantinePage>;
  lease(name: string, timeoutMs: number): Guarded<QuarantineLease | 'taken' | 'gone'>;
  read(name: string, timeoutMs: number): Guarded<Buffer | 'gone'>;
  release(lease: QuarantineLease, timeoutMs: number): Guarded<void>;
  remove(lease: QuarantineLease, timeoutMs: number): Guarded<void>;
  putAside(lease: QuarantineLease, bytes: Buffer, timeoutMs: number): Guarded<void>;
}

/** Puts the breaker in front of the quarantine, which does not know about it. */
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
