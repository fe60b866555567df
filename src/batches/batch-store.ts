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
