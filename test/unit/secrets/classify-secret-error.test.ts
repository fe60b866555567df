import { AggregateAuthenticationError, AuthenticationError, CredentialUnavailableError } from '@azure/identity';
import { describe, expect, test } from 'vitest';
import { classifySecretError, secretFaults } from '../../../src/secrets/classify-secret-error.js';
import { SecretError, type SecretErrorCode } from '../../../src/secrets/secret-store.js';

const restError = (facts: { statusCode?: number; code?: string; details?: unknown }): Error =>
  Object.assign(new Error('text of the service, with https://vault.example/secrets/x in it'), {
    name: 'RestError',
    ...facts,
  });

const disabled = { error: { code: 'Forbidden', message: 'no', innerError: { code: 'SecretDisabled' } } };

describe('vault errors', () => {
  test.each([
    ['401', restError({ statusCode: 401 }), 'unauthorized', 'failure'],
    ['403', restError({ statusCode: 403, code: 'Forbidden' }), 'unauthorized', 'failure'],
    [
      '403 of a firewall',
      restError({ statusCode: 403, details: { error: { innerError: { code: 'X' } } } }),
      'unauthorized',
      'failure',
    ],
    ['403 of a disabled secret', restError({ statusCode: 403, details: disabled }), 'refused', 'ignored'],
    ['404', restError({ statusCode: 404, code: 'SecretNotFound' }), 'refused', 'ignored'],
    ['400', restError({ statusCode: 400, code: 'BadParameter' }), 'refused', 'ignored'],
    ['409', restError({ statusCode: 409 }), 'refused', 'ignored'],
    ['408', restError({ statusCode: 408 }), 'unavailable', 'failure'],
    ['429', restError({ statusCode: 429 }), 'throttled', 'failure'],
    ['500', restError({ statusCode: 500 }), 'unavailable', 'failure'],
    ['503', restError({ statusCode: 503 }), 'unavailable', 'failure'],
    ['a refused connection', restError({ code: 'ECONNREFUSED' }), 'unavailable', 'failure'],
    ['a lost connection', restError({ code: 'ECONNRESET' }), 'unavailable', 'failure'],
    ['an unknown host', restError({ code: 'ENOTFOUND' }), 'unavailable', 'failure'],
    ['an untrusted certificate', restError({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), 'unavailable', 'failure'],
    ['an answer cut short', restError({ code: 'PARSE_ERROR' }), 'unavailable', 'failure'],
    ['a socket error of Node itself', Object.assign(new Error('x'), { code: 'EPIPE' }), 'unavailable', 'failure'],
    ['no credential', new CredentialUnavailableError('no'), 'unauthorized', 'failure'],
    ['a refused credential', new AuthenticationError(400, 'no'), 'unauthorized', 'failure'],
    ['every credential refused', new AggregateAuthenticationError([]), 'unauthorized', 'failure'],
    ['an abort', Object.assign(new Error('x'), { name: 'AbortError' }), 'aborted', 'ignored'],
    ['a bug', new TypeError('x is not a function'), 'unexpected', 'failure'],
    ['a text', 'thrown as text', 'unexpected', 'failure'],
    ['nothing', undefined, 'unexpected', 'failure'],
  ] as const)('vault errors: %s is told apart', (_what, thrown, code, verdict) => {
    const classified = classifySecretError(thrown);

    expect([classified.error.code, classified.verdict]).toEqual([code, verdict]);
    expect(classified.error.cause).toBe(thrown);
    expect(classified.error.message).not.toContain('vault.example');
  });

  test.each<[SecretErrorCode, string]>([
    ['unavailable', 'failure'],
    ['throttled', 'failure'],
    ['unauthorized', 'failure'],
    ['unexpected', 'failure'],
    ['refused', 'ignored'],
    ['aborted', 'ignored'],
  ])('vault errors: our own %s is passed on as it is, with its verdict', (code, verdict) => {
    const error = new SecretError(code, 'x');
    const classified = classifySecretError(error);

    expect(classified.error).toBe(error);
    expect(classified.verdict).toBe(verdict);
  });

  test('vault errors: a row and the code it gives agree on the verdict', () => {
    for (const { code, verdict } of secretFaults) {
      expect(classifySecretError(new SecretError(code, 'x')).verdict).toBe(verdict);
    }
  });
});
