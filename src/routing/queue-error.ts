/** What went wrong with a queue, in our words; the SDK's error is the `cause` and never leaves the process. */
export type QueueErrorCode =
  | 'unavailable'
  | 'throttled'
  | 'unauthorized'
  | 'queue-unauthorized'
  | 'queue-missing'
  | 'queue-disabled'
  | 'queue-full'
  | 'message-too-large'
  | 'refused'
  /** Not sent: an older message of its queue and session is still owed. */
  | 'behind-owed'
  | 'aborted'
  | 'unexpected';

/** The queue's domain error: branch on `code`. */
export class QueueError extends Error {
  override readonly name = 'QueueError';
  readonly code: QueueErrorCode;

  constructor(code: QueueErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** By its name: what is bundled apart has a class of its own. */
export const isQueueError = (thrown: unknown): thrown is QueueError =>
  thrown instanceof Error && thrown.name === 'QueueError';
