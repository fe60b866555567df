/** What went wrong with the vault, in our words; the SDK's error is the `cause` and never leaves the process. */
export type SecretErrorCode = 'unavailable' | 'throttled' | 'unauthorized' | 'refused' | 'aborted' | 'unexpected';

/** The vault's domain error: branch on `code`. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
  readonly code: SecretErrorCode;

  constructor(code: SecretErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
