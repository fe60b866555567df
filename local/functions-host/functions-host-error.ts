/** Why a Functions host cannot start. */
export type FunctionsHostErrorCode =
  | 'package-json-invalid'
  | 'host-json-invalid'
  | 'entry-point-missing'
  | 'entry-point-failed'
  | 'functions-invalid'
  | 'second-app'
  | 'port-taken';

/** The host's own error: branch on `code`; the message is for the person at the terminal. */
export class FunctionsHostError extends Error {
  override readonly name = 'FunctionsHostError';
  readonly code: FunctionsHostErrorCode;

  constructor(code: FunctionsHostErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
