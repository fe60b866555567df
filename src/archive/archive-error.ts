/** What went wrong with the archive, in our words; the SDK's error is the `cause` and never leaves the process. */
export type ArchiveErrorCode =
  | 'unavailable'
  | 'throttled'
  | 'unauthorized'
  | 'container-missing'
  | 'refused'
  | 'aborted'
  | 'unexpected';

/** The archive's domain error: branch on `code`. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  readonly code: ArchiveErrorCode;

  constructor(code: ArchiveErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** By its name: what is bundled apart has a class of its own. */
export const isArchiveError = (thrown: unknown): thrown is ArchiveError =>
  thrown instanceof Error && thrown.name === 'ArchiveError';
