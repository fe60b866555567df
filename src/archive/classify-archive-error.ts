import type { Classified, Classify } from '../circuit-breaker/guarded-call.js';
import { type FaultReason, faultReasonOf } from '../observability/metrics/fault-reason.js';
import type { ArchiveError, ArchiveErrorCode } from './archive-error.js';
import { toArchiveError } from './to-archive-error.js';

/**
 * What each of the archive's errors means for its breaker: faults of the whole service count, ours do not. A container that is missing,
 * and that the app may not make, is all of the service that there is.
 */
export const archiveVerdicts: Readonly<Record<ArchiveErrorCode, Classified<ArchiveError>['verdict']>> = {
  unavailable: 'failure',
  throttled: 'failure',
  unauthorized: 'failure',
  unexpected: 'failure',
  'container-missing': 'failure',
  refused: 'ignored',
  aborted: 'ignored',
};

/** What is said unless the SDK's error says more: of `unavailable` and `unexpected` it is asked. */
const reasons: Readonly<Record<ArchiveErrorCode, FaultReason>> = {
  unavailable: 'unreachable',
  unexpected: 'unknown',
  throttled: 'throttled',
  unauthorized: 'unauthorized',
  'container-missing': 'not-found',
  refused: 'refused',
  aborted: 'timeout',
};

/** Why a call of the archive failed, in the word that health, logs and metrics have for it. */
export const archiveFaultReason = ({ code, cause }: ArchiveError): FaultReason => {
  const isVague = code === 'unavailable' || code === 'unexpected';
  return isVague ? faultReasonOf(cause, reasons[code]) : reasons[code];
};

/** Classifies what an archive threw, or what the storage SDK threw by itself. */
export const classifyArchiveError: Classify<ArchiveError> = (thrown) => {
  const error = toArchiveError(thrown);
  return { verdict: archiveVerdicts[error.code], error, reason: archiveFaultReason(error) };
};
