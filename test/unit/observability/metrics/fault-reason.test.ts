import { createServer, type Server } from 'node:http';
import { AggregateAuthenticationError, AuthenticationError, CredentialUnavailableError } from '@azure/identity';
import { ServiceBusError, type ServiceBusErrorCode } from '@azure/service-bus';
import { BlobClient, RestError } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classifyArchiveError } from '../../../../src/archive/classify-archive-error.js';
import { type FaultReason, faultReasonOf, faultReasons, toFaultReason } from '../../../../src/faults/fault-reason.js';
import { classifyQueueError } from '../../../../src/routing/classify-queue-error.js';
import { classifySecretError } from '../../../../src/secrets/classify-secret-error.js';

const answered = (statusCode: number, code?: string) =>
  new RestError('never read', { statusCode, ...(code !== undefined && { code }) });
const unsent = (code: string) => new RestError('never read', { code });
const named = (name: string) => Object.assign(new Error('never read'), { name });

type Row = readonly [what: string, thrown: unknown, reason: FaultReason];

/** What Blob Storage and Key Vault have in common: both SDKs throw the same `RestError`. */
const ofRest: readonly Row[] = [
  ['401', answered(401, 'Unauthorized'), 'unauthorized'],
  ['403 of a firewall', answered(403, 'Forbidden'), 'unauthorized'],
  ['408', answered(408), 'timeout'],
  ['429', answered(429, 'Throttled'), 'throttled'],
  ['500', answered(500, 'InternalError'), 'server-error'],
  ['502', answered(502), 'server-error'],
  ['503', answered(503), 'server-error'],
  ['504', answered(504), 'timeout'],
  ['400', answered(400, 'BadParameter'), 'refused'],
  ['a refused connection', unsent('ECONNREFUSED'), 'unreachable'],
  ['a reset connection', unsent('ECONNRESET'), 'unreachable'],
  ['a broken pipe', unsent('EPIPE'), 'unreachable'],
  ['no route', unsent('EHOSTUNREACH'), 'unreachable'],
  ['a connection that is not made in time', unsent('ETIMEDOUT'), 'timeout'],
  ['an unknown host', unsent('ENOTFOUND'), 'host-not-found'],
  ['a name server that does not answer', unsent('EAI_AGAIN'), 'host-not-found'],
  ['a certificate of its own', unsent('DEPTH_ZERO_SELF_SIGNED_CERT'), 'certificate'],
  ['a certificate that is over', unsent('CERT_HAS_EXPIRED'), 'certificate'],
  ['a certificate for another name', unsent('ERR_TLS_CERT_ALTNAME_INVALID'), 'certificate'],
  ['a certificate by nobody known', unsent('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'certificate'],
  ['an answer without TLS', unsent('EPROTO'), 'certificate'],
  ['a request that could not be sent', unsent('REQUEST_SEND_ERROR'), 'unreachable'],
  ['an answer cut short', unsent('PARSE_ERROR'), 'unreachable'],
  [
    'a request that could not be sent for a reason inside',
    Object.assign(unsent('REQUEST_SEND_ERROR'), { cause: unsent('ENOTFOUND') }),
    'host-not-found',
  ],
  ['a redirect of a proxy', answered(307), 'unexpected-answer'],
  ['a sign-in page with 200', answered(200), 'unexpected-answer'],
  ['no credential', new CredentialUnavailableError('no'), 'unauthorized'],
  ['a refused credential', new AuthenticationError(400, 'no'), 'unauthorized'],
  [
    'every credential refused',
    new AggregateAuthenticationError([new CredentialUnavailableError('no')]),
    'unauthorized',
  ],
  ['an abort', named('AbortError'), 'timeout'],
  ['a bug', new TypeError('x is not a function'), 'unknown'],
  ['a text', 'thrown as text', 'unknown'],
  ['nothing', undefined, 'unknown'],
];

const ofBlobs: readonly Row[] = [
  ['503 ServerBusy', answered(503, 'ServerBusy'), 'throttled'],
  ['500 OperationTimedOut', answered(500, 'OperationTimedOut'), 'timeout'],
  ['404 of a container', answered(404, 'ContainerNotFound'), 'not-found'],
  ['403 AuthenticationFailed', answered(403, 'AuthenticationFailed'), 'unauthorized'],
];

const disabled = { error: { code: 'Forbidden', innerError: { code: 'SecretDisabled' } } };

const ofSecrets: readonly Row[] = [
  ['a page in place of a list', new RestError('never read'), 'unexpected-answer'],
  ['403 of a disabled secret', Object.assign(answered(403, 'Forbidden'), { details: disabled }), 'refused'],
];

const serviceBus = (code: ServiceBusErrorCode, extra: Partial<ServiceBusError> = {}) =>
  Object.assign(new ServiceBusError('never read', code), extra);

const ofQueues: readonly Row[] = [
  ['a refused identity', serviceBus('UnauthorizedAccess'), 'unauthorized'],
  ['throttling', serviceBus('ServiceBusy'), 'throttled'],
  ['a timeout', serviceBus('ServiceTimeout'), 'timeout'],
  ['an open link that does not answer', named('OperationTimeoutError'), 'timeout'],
  ['a communication problem', serviceBus('ServiceCommunicationProblem'), 'unreachable'],
  ['a missing queue', serviceBus('MessagingEntityNotFound'), 'not-found'],
  ['a disabled queue', serviceBus('MessagingEntityDisabled'), 'disabled'],
  ['a full queue', serviceBus('QuotaExceeded'), 'full'],
  ['a message too large', serviceBus('MessageSizeExceeded'), 'too-large'],
  ['a general fault worth another try', serviceBus('GeneralError', { retryable: true }), 'server-error'],
  ['a bad request', serviceBus('GeneralError', { retryable: false }), 'refused'],
  ['a refused connection', serviceBus('GeneralError', { retryable: true, syscall: 'connect' }), 'unreachable'],
  ['an unknown host', serviceBus('GeneralError', { retryable: false, syscall: 'getaddrinfo' }), 'host-not-found'],
  ['no token', new AggregateAuthenticationError([]), 'unauthorized'],
  ['no credential', new CredentialUnavailableError('no'), 'unauthorized'],
  [
    'tries that ended in an unknown host',
    new AggregateError([serviceBus('ServiceTimeout'), serviceBus('GeneralError', { syscall: 'getaddrinfo' })]),
    'host-not-found',
  ],
  ['an answer that is no AMQP', named('ProtocolError'), 'unexpected-answer'],
  ['an abort', named('AbortError'), 'timeout'],
  ['a bug', new Error('?'), 'unknown'],
  ['nothing', undefined, 'unknown'],
];

describe('why a call of a dependency failed, by the error of its SDK', () => {
  it.each([...ofRest, ...ofBlobs])('Blob Storage: %s', (_what, thrown, reason) => {
    expect(classifyArchiveError(thrown).reason).toBe(reason);
  });

  it.each([...ofRest, ...ofSecrets])('Key Vault: %s', (_what, thrown, reason) => {
    expect(classifySecretError(thrown).reason).toBe(reason);
  });

  it.each(ofQueues)('Service Bus: %s', (_what, thrown, reason) => {
    expect(classifyQueueError(thrown).reason).toBe(reason);
  });
});

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });

describe('what the storage SDK itself throws', () => {
  const server = createServer(({ url = '' }, response) => {
    const [, , status = '', code = ''] = url.split(/[/?]/);
    response.writeHead(Number(status), { 'x-ms-error-code': code, 'content-type': 'application/xml' });
    response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>never read</Message></Error>`);
  });
  let port = 0;
  beforeAll(async () => {
    port = await listen(server);
  });
  afterAll(() => server.close());

  const thrownBy = (url: string): Promise<unknown> =>
    new BlobClient(url, undefined, { retryOptions: { maxTries: 1 } }).getProperties().then(
      () => 'nothing thrown',
      (thrown: unknown) => thrown,
    );

  it.each<[string, FaultReason]>([
    ['401/NoAuthenticationInformation', 'unauthorized'],
    ['403/AuthorizationFailure', 'unauthorized'],
    ['404/ContainerNotFound', 'not-found'],
    ['429/TooManyRequests', 'throttled'],
    ['503/ServerBusy', 'throttled'],
    ['500/OperationTimedOut', 'timeout'],
    ['500/InternalError', 'server-error'],
  ])('at %s, without a body as to a HEAD', async (path, reason) => {
    const thrown = await thrownBy(`http://127.0.0.1:${port}/account/${path}`);

    expect(classifyArchiveError(thrown).reason).toBe(reason);
  });

  it('when nobody listens', async () => {
    const closed = createServer();
    const free = await listen(closed);
    await new Promise((resolve) => closed.close(resolve));

    expect(classifyArchiveError(await thrownBy(`http://127.0.0.1:${free}/account/c/b`)).reason).toBe('unreachable');
  });
});

describe('a reason', () => {
  it('is looked for within bounds, in an error that holds itself too', () => {
    const circular = new Error('never read');
    circular.cause = circular;

    expect(faultReasonOf(circular, 'server-error')).toBe('server-error');
  });

  it('is of the closed list, whatever a breaker says', () => {
    expect(faultReasons.map(toFaultReason)).toEqual(faultReasons);
    expect(toFaultReason('{"}\n')).toBe('unknown');
  });
});
