import { RestError } from '@azure/storage-blob';
import { describe, expect, it } from 'vitest';
import { ArchiveError, type ArchiveErrorCode } from '../../../src/archive/archive-error.js';
import { archiveVerdicts, classifyArchiveError } from '../../../src/archive/classify-archive-error.js';

const answered = (statusCode: number, code?: string) =>
  new RestError('never read', { statusCode, ...(code !== undefined && { code }) });

const sent = (code: string) => new RestError('never read', { code });

const named = (name: string) => Object.assign(new Error('never read'), { name });

const headAnswer = (statusCode: number, errorCode: string) =>
  Object.assign(answered(statusCode), { details: { errorCode } });

describe('archive errors', () => {
  it.each<[string, unknown, 'failure' | 'ignored', ArchiveErrorCode]>([
    ['500 InternalError', answered(500, 'InternalError'), 'failure', 'unavailable'],
    ['500 OperationTimedOut', answered(500, 'OperationTimedOut'), 'failure', 'unavailable'],
    ['502', answered(502), 'failure', 'unavailable'],
    ['503 ServerBusy', answered(503, 'ServerBusy'), 'failure', 'throttled'],
    ['503', answered(503), 'failure', 'unavailable'],
    ['408', answered(408), 'failure', 'unavailable'],
    ['429', answered(429, 'TooManyRequests'), 'failure', 'throttled'],
    ['401', answered(401, 'NoAuthenticationInformation'), 'failure', 'unauthorized'],
    ['403 AuthenticationFailed', answered(403, 'AuthenticationFailed'), 'failure', 'unauthorized'],
    [
      '403 AuthorizationPermissionMismatch',
      answered(403, 'AuthorizationPermissionMismatch'),
      'failure',
      'unauthorized',
    ],
    ['no credential', named('CredentialUnavailableError'), 'failure', 'unauthorized'],
    ['no token', named('AuthenticationError'), 'failure', 'unauthorized'],
    ['refused connection', sent('ECONNREFUSED'), 'failure', 'unavailable'],
    ['reset connection', sent('ECONNRESET'), 'failure', 'unavailable'],
    ['unknown host', sent('ENOTFOUND'), 'failure', 'unavailable'],
    ['unsent request', sent('REQUEST_SEND_ERROR'), 'failure', 'unavailable'],
    ['cut answer', sent('PARSE_ERROR'), 'failure', 'unavailable'],
    ['400', answered(400, 'InvalidMetadata'), 'ignored', 'refused'],
    ['404 ContainerNotFound', answered(404, 'ContainerNotFound'), 'failure', 'container-missing'],
    ['404 ContainerNotFound without a body', headAnswer(404, 'ContainerNotFound'), 'failure', 'container-missing'],
    ['404 BlobNotFound', answered(404, 'BlobNotFound'), 'ignored', 'refused'],
    ['409 BlobAlreadyExists', answered(409, 'BlobAlreadyExists'), 'ignored', 'refused'],
    ['409 ContainerBeingDeleted', answered(409, 'ContainerBeingDeleted'), 'failure', 'container-missing'],
    ['412', answered(412, 'ConditionNotMet'), 'ignored', 'refused'],
    ['413', answered(413, 'RequestBodyTooLarge'), 'ignored', 'refused'],
    ['abort', named('AbortError'), 'ignored', 'aborted'],
    ['abort by DOMException', new DOMException('stop', 'AbortError'), 'ignored', 'aborted'],
    ['something else', new Error('?'), 'failure', 'unexpected'],
    ['no error at all', 'text', 'failure', 'unexpected'],
    ['nothing', undefined, 'failure', 'unexpected'],
  ])('archive errors: %s', (_, thrown, verdict, code) => {
    const classified = classifyArchiveError(thrown);

    expect(classified).toMatchObject({ verdict, error: { code } });
    expect(classified.error).toBeInstanceOf(ArchiveError);
    expect(classified.error.cause).toBe(thrown);
  });

  it.each<ArchiveErrorCode>([
    'unavailable',
    'throttled',
    'unauthorized',
    'container-missing',
    'refused',
    'aborted',
    'unexpected',
  ])('archive errors: our own %s keeps its verdict and stays the same error', (code) => {
    const error = new ArchiveError(code, 'ours');
    const classified = classifyArchiveError(error);

    expect(classified.error).toBe(error);
    expect(classified).toMatchObject({ verdict: archiveVerdicts[code] });
  });

  it('archive errors: what the SDK says stays inside', () => {
    const { error } = classifyArchiveError(new RestError('https://secret?sig=abc', { statusCode: 500 }));

    expect(error.message).not.toContain('sig');
  });

  it('archive errors: one of a file that is bundled apart, which has a class of its own, is ours', () => {
    const error = Object.assign(new Error('ours'), { name: 'ArchiveError', code: 'aborted' });

    expect(classifyArchiveError(error)).toMatchObject({ verdict: 'ignored', error: { code: 'aborted' } });
  });
});
