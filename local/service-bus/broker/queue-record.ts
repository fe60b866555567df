import type { StoredMessage } from './stored-message.js';

/**
 * One durable change of one queue. Locks are not durable: after a restart every message is free again. `stored` with a
 * sequence number that is already there replaces the message.
 */
export type QueueRecord =
  | { readonly kind: 'stored'; readonly message: StoredMessage }
  | { readonly kind: 'removed'; readonly sequenceNumber: number }
  | { readonly kind: 'counted'; readonly sequenceNumber: number; readonly deliveryCount: number }
  | { readonly kind: 'deferred'; readonly sequenceNumber: number }
  | { readonly kind: 'session-state'; readonly sessionId: string; readonly state: Buffer | undefined }
  | { readonly kind: 'remembered'; readonly messageId: string; readonly atMs: number }
  | { readonly kind: 'sequence'; readonly next: number };

/** Where a queue writes its changes down, in order. `append` never throws; see `Durability` for when they are safe. */
export interface QueueJournal {
  append(record: QueueRecord): void;
}

/** Calls back once everything appended so far is written, or with the error that prevented it. Keeps the order. */
export interface Durability {
  whenWritten(done: (error: Error | undefined) => void): void;
}
