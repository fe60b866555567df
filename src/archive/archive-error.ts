import { CodedError, isErrorNamed } from '../faults/coded-error.js';

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
export class ArchiveError extends CodedError<ArchiveErrorCode> {
  override readonly name = 'ArchiveError';
}

export const isArchiveError = isErrorNamed<ArchiveError>('ArchiveError');
