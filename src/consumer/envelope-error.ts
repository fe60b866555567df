/** What is wrong with a message. None of it is cured by receiving the message again: dead-letter it. */
export type EnvelopeErrorCode = 'body-not-bytes' | 'malformed' | 'payload-mismatch';

/** Thrown for a message that cannot be trusted to be the event it says it is: branch on `code`. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError';
  readonly code: EnvelopeErrorCode;

  constructor(code: EnvelopeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
