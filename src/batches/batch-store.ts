import type { ArchiveError } from '../archive/archive-error.js';
import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { GuardedCall } from '../circuit-breaker/guarded-call.js';
import type { EncodedBatch } from './batch.js';

/** A batch as a listing shows it. */
export interface PendingBatch {
  readonly name: string;
  /** Which of its events are left, as `encodeLeft` writes it; absent: all. */
  readonly left?: string;
}

/**
 * Where batches wait whose events were not all taken when they came. Nobody leases a batch: two that work on the same one send the
 * same messages under the same ids, in the same order. All methods throw `ArchiveError` and nothing else.
 */
export interface BatchStore {
  /** Durable once it resolves; harmless to repeat, and never replaces another. */
  create(batch: EncodedBatch, signal: AbortSignal): Promise<void>;
  /** The oldest, oldest first. */
  list(signal: AbortSignal): Promise<readonly PendingBatch[]>;
  read(name: string, signal: AbortSignal): Promise<Buffer | 'gone'>;
  /** Writes down what is left. Nothing happens to a batch that is gone. */
  saveLeft(name: string, left: string, signal: AbortSignal): Promise<void>;
  /** Harmless to repeat. */
  remove(name: string, signal: AbortSignal): Promise<void>;
}

type Guarded<T> = Promise<CallResult<T, ArchiveError>>;

/** The batches behind the storage breaker: every call returns within `timeoutMs` and never throws because storage fails. */
export interface GuardedBatches {
  create(batch: EncodedBatch, timeoutMs: number): Guarded<void>;
  list(timeoutMs: number): Guarded<readonly PendingBatch[]>;
  read(name: string, timeoutMs: number): Guarded<Buffer | 'gone'>;
  saveLeft(name: string, left: string, timeoutMs: number): Guarded<void>;
  remove(name: string, timeoutMs: number): Guarded<void>;
}

/** Puts the breaker in front of the store, which does not know about it. */
export const guardedBatches = (store: BatchStore, breaker: GuardedCall<unknown, ArchiveError>): GuardedBatches => ({
  create: (batch, timeoutMs) => breaker.call((signal) => store.create(batch, signal), { timeoutMs }),
  list: (timeoutMs) => breaker.call((signal) => store.list(signal), { timeoutMs }),
  read: (name, timeoutMs) => breaker.call((signal) => store.read(name, signal), { timeoutMs }),
  saveLeft: (name, left, timeoutMs) => breaker.call((signal) => store.saveLeft(name, left, signal), { timeoutMs }),
  remove: (name, timeoutMs) => breaker.call((signal) => store.remove(name, signal), { timeoutMs }),
});
