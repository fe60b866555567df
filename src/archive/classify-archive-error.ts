import * as z from 'zod';
import type { Classified, Classify } from '../circuit-breaker/guarded-call.js';
import { type FaultReason, faultReasonOf } from '../faults/fault-reason.js';
import { ArchiveError, type ArchiveErrorCode, isArchiveError } from './archive-error.js';

const text = z.string().optional().catch(undefined);

/** The parts of an SDK error that a rule may test: only codes, never a message. */
const sdkErrorSchema = z.object({
  name: text,
  code: text,
  statusCode: z.number().optional().catch(undefined),
  details: z.object({ errorCode: text }).optional().catch(undefined),
});

interface ArchiveErrorRule {
  readonly when: {
    /** The error's own name. */
    readonly names?: readonly string[];
    /** Blob Storage's error code, or the network's. */
    readonly codes?: readonly string[];
    /** HTTP statuses, first and last. */
    readonly statuses?: readonly [number, number];
  };
  readonly code: ArchiveErrorCode;
}

/**
 * What an error of `@azure/storage-blob` means, first match first. Codes:
 * https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
 */
export const archiveErrorRules: readonly ArchiveErrorRule[] = [
  { when: { names: ['AbortError'] }, code: 'aborted' },
  {
    when: {
      names: [
        'CredentialUnavailableError',
        'AuthenticationError',
        'AggregateAuthenticationError',
        'AuthenticationRequiredError',
      ],
    },
    code: 'unauthorized',
  },
  { when: { codes: ['ContainerNotFound', 'ContainerBeingDeleted', 'ContainerDisabled'] }, code: 'container-missing' },
  { when: { codes: ['ServerBusy'], statuses: [503, 503] }, code: 'throttled' },
  { when: { statuses: [429, 429] }, code: 'throttled' },
  { when: { statuses: [401, 401] }, code: 'unauthorized' },
  { when: { statuses: [403, 403] }, code: 'unauthorized' },
  { when: { statuses: [408, 408] }, code: 'unavailable' },
  { when: { statuses: [500, 599] }, code: 'unavailable' },
  { when: { statuses: [400, 499] }, code: 'refused' },
  {
    when: {
      codes: [
        'ECONNREFUSED',
        'ECONNRESET',
        'ECONNABORTED',
        'EHOSTUNREACH',
        'ENETUNREACH',
        'ENETDOWN',
        'ENOTFOUND',
        'EAI_AGAIN',
        'EPIPE',
        'ETIMEDOUT',
        'ESOCKETTIMEDOUT',
        'REQUEST_SEND_ERROR',
        'PARSE_ERROR',
      ],
    },
    code: 'unavailable',
  },
];

interface SdkError {
  readonly name: string | undefined;
  readonly codes: readonly (string | undefined)[];
  readonly status: number | undefined;
}

const matches = ({ names, codes, statuses }: ArchiveErrorRule['when'], error: SdkError): boolean => {
  const { status } = error;
  return (
    (names === undefined || names.some((name) => name === error.name)) &&
    (codes === undefined || codes.some((code) => error.codes.includes(code))) &&
    (statuses === undefined || (status !== undefined && status >= statuses[0] && status <= statuses[1]))
  );
};

const messages: Readonly<Record<ArchiveErrorCode, string>> = {
  unavailable: 'Blob Storage cannot be reached or fails',
  throttled: 'Blob Storage asks for fewer requests',
  unauthorized: 'Blob Storage refuses our identity',
  'container-missing': 'The container does not exist',
  refused: 'Blob Storage refuses the request',
  aborted: 'The call was aborted',
  unexpected: 'Blob Storage returned an unexpected error',
};

/** Converts whatever `@azure/storage-blob` threw into the archive's own error, with the SDK's error as its `cause`. */
export const toArchiveError = (thrown: unknown): ArchiveError => {
  if (isArchiveError(thrown)) return thrown;
  const fields = sdkErrorSchema.safeParse(thrown).data;
  const error: SdkError = {
    name: fields?.name,
    codes: [fields?.code, fields?.details?.errorCode],
    status: fields?.statusCode,
  };
  const code = archiveErrorRules.find(({ when }) => matches(when, error))?.code ?? 'unexpected';
  return new ArchiveError(code, messages[code], { cause: thrown });
};

/** The storage error code (`BlobAlreadyExists`, `ContainerNotFound`, …) of whatever the SDK threw. */
export const storageErrorCode = (thrown: unknown): string | undefined => {
  const fields = sdkErrorSchema.safeParse(thrown).data;
  return fields?.details?.errorCode ?? fields?.code;
};

/**
 * Storage checks a lease, and whether a blob may be changed at all, before a condition: so a blob refuses its own creation in
 * these words (https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes).
 */
const takenCodes: ReadonlySet<string> = new Set([
  'BlobAlreadyExists',
  'ConditionNotMet',
  'LeaseIdMissing',
  'BlobImmutableDueToPolicy',
  'BlobImmutableDueToLegalHold',
]);

/** Whether what a create-only upload threw says that the blob is there already. */
export const isTaken = (thrown: unknown): boolean => takenCodes.has(storageErrorCode(thrown) ?? '');

/** Whether what was thrown says that there is no such blob, or not even its container. */
export const isNotThere = (thrown: unknown): boolean =>
  ['BlobNotFound', 'ContainerNotFound', 'ResourceNotFound'].includes(storageErrorCode(thrown) ?? '');

/** The error of a call that its caller or its deadline ended. */
export const archiveAborted = (reason: unknown): ArchiveError =>
  new ArchiveError('aborted', messages.aborted, { cause: reason });

/**
 * What each of the archive's errors means for its breaker: faults of the whole service count, ours do not. A missing container that the
 * app is not allowed to create counts, because nothing can be stored without it.
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
