import type { MessageContent } from '../amqp/message-content.js';

/** Where a message stands, locks apart: waiting in its queue, set aside by a receiver, or not yet due. */
export type Placement = 'active' | 'deferred' | 'scheduled';

/** One message in a queue. Only the queue's durable state changes the two fields that can change. */
export interface StoredMessage {
  readonly sequenceNumber: number;
  /** The number it was first given, before scheduling or dead-lettering gave it another. */
  readonly enqueuedSequenceNumber: number;
  readonly enqueuedAtMs: number;
  readonly scheduledForMs: number | undefined;
  readonly expiresAtMs: number | undefined;
  readonly content: MessageContent;
  /** Deliveries that ended without a settlement that counts. */
  deliveryCount: number;
  placement: Placement;
}
