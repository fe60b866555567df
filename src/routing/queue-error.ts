import { CodedError, isErrorNamed } from '../faults/coded-error.js';

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
export class QueueError extends CodedError<QueueErrorCode> {
  override readonly name = 'QueueError';
}

export const isQueueError = isErrorNamed<QueueError>('QueueError');
