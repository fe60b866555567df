import { hash, timingSafeEqual } from 'node:crypto';
import type { SignedRequest, TokenScheme } from './signing-scheme.js';

/**
 * Whether two texts are the same, in a time that tells neither where they differ nor how long the expected one is: their
 * SHA-256 digests are compared. An empty expected text equals nothing.
 */
export const constantTimeEqual = (given: string, expected: string): boolean =>
  timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', expected, 'buffer')) && expected !== '';

/** Whether the request repeats the secret in its header, or in the URL where the sender may put it there. Never throws. */
export const verifyToken = (
  { header, prefix = '', query }: TokenScheme,
  request: SignedRequest,
  secret: string,
): boolean => {
  const text = request.headers.get(header);
  if (text !== null) return text.startsWith(prefix) && constantTimeEqual(text.slice(prefix.length), secret);
  const parameter = query === undefined ? null : (request.query?.get(query) ?? null);
  return parameter !== null && constantTimeEqual(parameter, secret);
};

const basic = /^Basic +([A-Za-z0-9+/=]+)$/i;

/** Whether `Authorization: Basic` holds exactly the secret, `user:password` in UTF-8 (RFC 7617), in canonical base64. Never throws. */
export const verifyBasic = ({ headers }: SignedRequest, secret: string): boolean => {
  const credentials = basic.exec(headers.get('authorization') ?? '')?.[1] ?? '';
  return constantTimeEqual(credentials, Buffer.from(secret, 'utf8').toString('base64'));
};
