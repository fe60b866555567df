import * as z from 'zod';
import type { Classified, Classify } from '../circuit-breaker/guarded-call.js';
import { type FaultReason, faultReasonOf } from '../faults/fault-reason.js';
import { SecretError, type SecretErrorCode } from './secret-store.js';

/** What is known of a thrown value: the SDK's `RestError`, an identity error, an abort, or something else. */
const sdkError = z.object({
  name: z.string(),
  statusCode: z.number().optional().catch(undefined),
  code: z.string().optional().catch(undefined),
  details: z
    .object({ error: z.object({ innerError: z.object({ code: z.string() }) }) })
    .optional()
    .catch(undefined),
});

type SdkError = z.infer<typeof sdkError>;

/** One row of the table: which fault, what it is in our words, and whether it counts against the vault. */
export interface SecretFault {
  readonly fault: string;
  readonly code: SecretErrorCode;
  readonly verdict: Classified<SecretError>['verdict'];
  readonly matches: (error: SdkError) => boolean;
}

const credentialErrors: ReadonlySet<string> = new Set([
  'AggregateAuthenticationError',
  'AuthenticationError',
  'AuthenticationRequiredError',
  'CredentialUnavailableError',
]);

const hasStatus =
  (from: number, to = from) =>
  ({ statusCode = 0 }: SdkError) =>
    statusCode >= from && statusCode <= to;

/** Read from the top: the first row that matches decides. */
export const secretFaults: readonly SecretFault[] = [
  {
    fault: 'the call was aborted by its caller',
    code: 'aborted',
    verdict: 'ignored',
    matches: ({ name }) => name === 'AbortError',
  },
  {
    fault: 'no token could be obtained for the vault',
    code: 'unauthorized',
    verdict: 'failure',
    matches: ({ name }) => credentialErrors.has(name),
  },
  {
    fault: '403 for a disabled secret',
    code: 'refused',
    verdict: 'ignored',
    matches: (error) => hasStatus(403)(error) && error.details?.error.innerError.code === 'SecretDisabled',
  },
  {
    fault: '401, 403',
    code: 'unauthorized',
    verdict: 'failure',
    matches: (e) => hasStatus(401)(e) || hasStatus(403)(e),
  },
  { fault: '429', code: 'throttled', verdict: 'failure', matches: hasStatus(429) },
  {
    fault: '408, 5xx',
    code: 'unavailable',
    verdict: 'failure',
    matches: (e) => hasStatus(408)(e) || hasStatus(500, 599)(e),
  },
  { fault: '400, 404 and every other 4xx', code: 'refused', verdict: 'ignored', matches: hasStatus(400, 499) },
  {
    fault: 'an answer that is none of a vault',
    code: 'unexpected',
    verdict: 'failure',
    // The SDK says nothing else of a list that it does not find in an answer with status 200.
    matches: ({ name, statusCode, code }) => name === 'RestError' && statusCode === undefined && code === undefined,
  },
  {
    fault: 'connection refused, reset or lost, name not found, TLS failure, answer cut short',
    code: 'unavailable',
    verdict: 'failure',
    matches: ({ statusCode, code }) => statusCode === undefined && code !== undefined,
  },
];

const anythingElse = { fault: 'anything else', code: 'unexpected', verdict: 'failure' } as const;

const verdictByCode: Readonly<Record<SecretErrorCode, Classified<SecretError>['verdict']>> = {
  unavailable: 'failure',
  throttled: 'failure',
  unauthorized: 'failure',
  unexpected: 'failure',
  refused: 'ignored',
  aborted: 'ignored',
};

/** What is said unless the SDK's error says more: of `unavailable` and `unexpected` it is asked. */
const reasons: Readonly<Record<SecretErrorCode, FaultReason>> = {
  unavailable: 'unreachable',
  unexpected: 'unknown',
  throttled: 'throttled',
  unauthorized: 'unauthorized',
  refused: 'refused',
  aborted: 'timeout',
};

const restErrorSchema = z.object({ name: z.literal('RestError') });

/** Why a call of the vault failed, in the word that health, logs and metrics have for it. */
export const secretFaultReason = ({ code, cause }: SecretError): FaultReason => {
  const isVague = code === 'unavailable' || code === 'unexpected';
  const isAnswer = code === 'unexpected' && restErrorSchema.safeParse(cause).success;
  return isVague ? faultReasonOf(cause, isAnswer ? 'unexpected-answer' : reasons[code]) : reasons[code];
};

/**
 * Turns what a vault call threw into a `SecretError` and the breaker's verdict. A vault that refuses us altogether
 * (401, 403, 429) is as good as down and counts; what only concerns one secret does not.
 */
export const classifySecretError: Classify<SecretError> = (thrown) => {
  if (thrown instanceof SecretError) {
    return { verdict: verdictByCode[thrown.code], error: thrown, reason: secretFaultReason(thrown) };
  }
  const error = sdkError.safeParse(thrown);
  const row = (error.success && secretFaults.find(({ matches }) => matches(error.data))) || anythingElse;
  const classified = new SecretError(row.code, `Key Vault: ${row.fault}`, { cause: thrown });
  return { verdict: row.verdict, error: classified, reason: secretFaultReason(classified) };
};
