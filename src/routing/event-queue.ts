/** The queue that holds what the archive is still owed, while storage fails. */
export const archiveBacklogQueue = 'webhook-archive-backlog';

/** One message for one queue, in the terms of Service Bus. */
export interface QueueMessage {
  /** Encoded envelope; travels as one AMQP data section. */
  readonly body: Buffer;
  readonly messageId: string;
  readonly sessionId?: string;
  readonly correlationId: string;
  readonly subject: string;
  readonly contentType: string;
  readonly applicationProperties: Readonly<Record<string, string>>;
  /** The broker keeps it to itself until then; absent: it does not. */
  readonly dueAt?: Date;
}

/** The queue port. `send` resolves when the broker has settled the message; it throws `QueueError` and nothing else. */
export interface EventQueue {
  send(queue: string, message: QueueMessage, signal: AbortSignal): Promise<void>;
}
