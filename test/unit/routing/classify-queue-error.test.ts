import { ServiceBusError, type ServiceBusErrorCode } from '@azure/service-bus';
import { describe, expect, it } from 'vitest';
import { classifyQueueError, queueVerdicts } from '../../../src/routing/classify-queue-error.js';
import { QueueError, type QueueErrorCode } from '../../../src/routing/queue-error.js';

const serviceBus = (code: ServiceBusErrorCode, extra: Partial<ServiceBusError> = {}) =>
  Object.assign(new ServiceBusError('never read', code), extra);

const named = (name: string) => Object.assign(new Error('never read'), { name });

const tries = (...errors: readonly unknown[]) => new AggregateError(errors, 'never read');

type Row = [string, unknown, 'failure' | 'ignored', QueueErrorCode];

describe('queue errors', () => {
  it.each<Row>([
    ['a refused identity', serviceBus('UnauthorizedAccess'), 'failure', 'unauthorized'],
    ['throttling', serviceBus('ServiceBusy'), 'failure', 'throttled'],
    ['a timeout', serviceBus('ServiceTimeout'), 'failure', 'unavailable'],
    ['a communication problem', serviceBus('ServiceCommunicationProblem'), 'failure', 'unavailable'],
    ['a general fault worth another try', serviceBus('GeneralError', { retryable: true }), 'failure', 'unavailable'],
    [
      'a refused connection',
      serviceBus('GeneralError', { retryable: true, syscall: 'connect', errno: -111 }),
      'failure',
      'unavailable',
    ],
    [
      'an unknown host, although no try would help',
      serviceBus('GeneralError', { retryable: false, syscall: 'getaddrinfo' }),
      'failure',
      'unavailable',
    ],
    ['an error of the network by itself', Object.assign(new Error(), { syscall: 'read' }), 'failure', 'unavailable'],
    ['no credential', named('CredentialUnavailableError'), 'failure', 'unauthorized'],
    ['no token', named('AggregateAuthenticationError'), 'failure', 'unauthorized'],
    ['something else', new Error('?'), 'failure', 'unexpected'],
    ['nothing', undefined, 'failure', 'unexpected'],
    ['a missing queue', serviceBus('MessagingEntityNotFound'), 'ignored', 'queue-missing'],
    ['a disabled queue', serviceBus('MessagingEntityDisabled'), 'ignored', 'queue-disabled'],
    ['a full queue', serviceBus('QuotaExceeded'), 'ignored', 'queue-full'],
    ['a message too large', serviceBus('MessageSizeExceeded'), 'ignored', 'message-too-large'],
    ['a bad request', serviceBus('GeneralError', { retryable: false }), 'ignored', 'refused'],
    ['a message the SDK does not take', new TypeError('messageId'), 'ignored', 'refused'],
    ['an abort', named('AbortError'), 'ignored', 'aborted'],
    [
      'several tries that all timed out',
      tries(serviceBus('ServiceTimeout'), serviceBus('ServiceTimeout')),
      'failure',
      'unavailable',
    ],
    [
      'a timeout, then a missing queue',
      tries(serviceBus('ServiceTimeout'), serviceBus('MessagingEntityNotFound')),
      'ignored',
      'queue-missing',
    ],
    [
      'refused connections on each address, at each try',
      tries(
        tries(serviceBus('GeneralError', { syscall: 'connect' })),
        tries(serviceBus('GeneralError', { syscall: 'connect' })),
      ),
      'failure',
      'unavailable',
    ],
    ['no try at all', tries(), 'failure', 'unexpected'],
  ])('queue errors: %s', (_, thrown, verdict, code) => {
    const classified = classifyQueueError(thrown);

    expect(classified).toMatchObject({ verdict, error: { code } });
    expect(classified.error).toBeInstanceOf(QueueError);
    expect(classified.error.cause).toBe(thrown);
    expect(classified.error.message).not.toContain('never read');
  });

  it.each<QueueErrorCode>([
    'unavailable',
    'throttled',
    'unauthorized',
    'queue-unauthorized',
    'queue-missing',
    'queue-disabled',
    'queue-full',
    'message-too-large',
    'refused',
    'aborted',
    'unexpected',
  ])('queue errors: our own %s keeps its verdict and stays the same error', (code) => {
    const error = new QueueError(code, 'ours');
    const classified = classifyQueueError(error);

    expect(classified.error).toBe(error);
    expect(classified).toMatchObject({ verdict: queueVerdicts[code] });
  });

  it('queue errors: one of a file that is bundled apart, which has a class of its own, is ours', () => {
    const error = Object.assign(new Error('ours'), { name: 'QueueError', code: 'queue-missing' });

    expect(classifyQueueError(error)).toMatchObject({ verdict: 'ignored', error: { code: 'queue-missing' } });
  });
});
