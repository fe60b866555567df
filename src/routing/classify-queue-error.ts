import * as z from 'zod';
import type { Classified, Classify } from '../circuit-breaker/guarded-call.js';
import { type FaultReason, faultReasonOf } from '../faults/fault-reason.js';
import { isQueueError, QueueError, type QueueErrorCode } from './queue-error.js';

/**
 * What each code of `ServiceBusError` means:
 * https://learn.microsoft.com/javascript/api/@azure/service-bus/servicebuserror
 * `GeneralError` stands for many AMQP conditions and is told apart by what else the error says.
 */
export const queueErrorCodes: Readonly<Record<string, QueueErrorCode>> = {
  UnauthorizedAccess: 'unauthorized',
  ServiceBusy: 'throttled',
  ServiceTimeout: 'unavailable',
  ServiceCommunicationProblem: 'unavailable',
  MessagingEntityNotFound: 'queue-missing',
  MessagingEntityDisabled: 'queue-disabled',
  QuotaExceeded: 'queue-full',
  MessageSizeExceeded: 'message-too-large',
  MessagingEntityAlreadyExists: 'refused',
  MessageLockLost: 'refused',
  MessageNotFound: 'refused',
  SessionCannotBeLocked: 'refused',
  SessionLockLost: 'refused',
};

/** What errors that are no `ServiceBusError` mean, by their own name. */
export const queueErrorNames: Readonly<Record<string, QueueErrorCode>> = {
  AbortError: 'aborted',
  CredentialUnavailableError: 'unauthorized',
  AuthenticationError: 'unauthorized',
  AggregateAuthenticationError: 'unauthorized',
  AuthenticationRequiredError: 'unauthorized',
  OperationTimeoutError: 'unavailable',
  InsufficientCreditError: 'unavailable',
  TypeError: 'refused',
  RangeError: 'refused',
};

/** What each of the queue's errors means for its breaker: faults of the whole service count, one queue's do not. */
export const queueVerdicts: Readonly<Record<QueueErrorCode, Classified<QueueError>['verdict']>> = {
  unavailable: 'failure',
  throttled: 'failure',
  unauthorized: 'failure',
  unexpected: 'failure',
  'queue-unauthorized': 'ignored',
  'queue-missing': 'ignored',
  'queue-disabled': 'ignored',
  'queue-full': 'ignored',
  'message-too-large': 'ignored',
  refused: 'ignored',
  'behind-owed': 'ignored',
  aborted: 'ignored',
};

const messages: Readonly<Record<QueueErrorCode, string>> = {
  unavailable: 'Service Bus cannot be reached or fails',
  throttled: 'Service Bus asks for fewer requests',
  unauthorized: 'Service Bus refuses our identity',
  unexpected: 'Service Bus answered what we do not know',
  'queue-unauthorized': 'The queue refuses our identity',
  'queue-missing': 'The queue does not exist',
  'queue-disabled': 'The queue is disabled',
  'queue-full': 'The queue is full',
  'message-too-large': 'The message is larger than the queue takes',
  refused: 'Service Bus refuses the message',
  'behind-owed': 'An older message of its session is still owed',
  aborted: 'The send was aborted',
};

const sdkErrorSchema = z.object({
  name: z.string().optional().catch(undefined),
  code: z.string().optional().catch(undefined),
  /** Set on errors of the network: the system call that failed. */
  syscall: z.string().optional().catch(undefined),
  retryable: z.boolean().optional().catch(undefined),
});

/** The SDK's retries end in one error that holds every try's; the last try decides. */
const lastOf = (thrown: unknown): unknown =>
  thrown instanceof AggregateError && thrown.errors.length > 0 ? lastOf(thrown.errors.at(-1)) : thrown;

const valueIn = (
  table: Readonly<Record<string, QueueErrorCode>>,
  key: string | undefined,
): QueueErrorCode | undefined => (key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined);

const codeOf = (thrown: unknown): QueueErrorCode => {
  const { name, code, syscall, retryable } = sdkErrorSchema.safeParse(lastOf(thrown)).data ?? {};
  const known = valueIn(queueErrorCodes, code) ?? valueIn(queueErrorNames, name);
  if (known !== undefined) return known;
  if (syscall !== undefined) return 'unavailable';
  if (name !== 'ServiceBusError' && name !== 'MessagingError') return 'unexpected';
  return retryable === true ? 'unavailable' : 'refused';
};

/** Whatever `@azure/service-bus` threw, as the queue's own error; the SDK's stays inside as its `cause`. */
export const toQueueError = (thrown: unknown): QueueError => {
  if (isQueueError(thrown)) return thrown;
  const code = codeOf(thrown);
  return new QueueError(code, messages[code], { cause: thrown });
};

/** The error of a send that its caller, or its deadline, has ended. */
export const sendAborted = (reason: unknown): QueueError =>
  new QueueError('aborted', messages.aborted, { cause: reason });

/** What is said unless the SDK's error says more: of `unavailable` and `unexpected` it is asked. */
export const queueReasons: Readonly<Record<QueueErrorCode, FaultReason>> = {
  unavailable: 'unreachable',
  unexpected: 'unknown',
  throttled: 'throttled',
  unauthorized: 'unauthorized',
  'queue-unauthorized': 'unauthorized',
  'queue-missing': 'not-found',
  'queue-disabled': 'disabled',
  'queue-full': 'full',
  'message-too-large': 'too-large',
  refused: 'refused',
  'behind-owed': 'refused',
  aborted: 'timeout',
};

/** Why a send failed, in the word that health, logs and metrics have for it. */
export const queueFaultReason = ({ code, cause }: QueueError): FaultReason => {
  const isVague = code === 'unavailable' || code === 'unexpected';
  return isVague ? faultReasonOf(cause, queueReasons[code]) : queueReasons[code];
};

/** Classifies what a queue threw, or what the Service Bus SDK threw by itself. */
export const classifyQueueError: Classify<QueueError> = (thrown) => {
  const error = toQueueError(thrown);
  return { verdict: queueVerdicts[error.code], error, reason: queueFaultReason(error) };
};
