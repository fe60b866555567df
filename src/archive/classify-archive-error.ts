import type { Classified, Classify } from '../circuit-breaker/classify.js';
import type { ArchiveError, ArchiveErrorCode } from './archive-error.js';
import { toArchiveError } from './to-archive-error.js';

/** What each of the archive's errors means for its breaker: faults of the whole service count, ours do not. */
export const archiveVerdicts: Readonly<Record<ArchiveErrorCode, Classified<ArchiveError>['verdict']>> = {
  unavailable: 'failure',
  throttled: 'failure',
  unauthorized: 'failure',
  unexpected: 'failure',
  'container-missing': 'ignored',
  refused: 'ignored',
  aborted: 'ignored',
};

/** Classifies what an archive threw, or what the storage SDK threw by itself. */
export const classifyArchiveError: Classify<ArchiveError> = (thrown) => {
  const error = toArchiveError(thrown);
  return { verdict: archiveVerdicts[error.code], error };
};
