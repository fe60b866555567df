import { describe, expect, it } from 'vitest';
import { createAuthorizeOperator } from '../../../src/operations/authorize-operator.js';
import type { SecretLookup } from '../../../src/secrets/secrets.js';

const versions = [
  { version: 'v3', value: 'newest-admin-token' },
  { version: 'v2', value: 'former-admin-token' },
];
const found: SecretLookup = { kind: 'found', versions, source: 'vault' };

const setUp = (lookup: SecretLookup) => {
  const asked: string[] = [];
  const authorize = createAuthorizeOperator({
    lookUp: async (name) => {
      asked.push(name);
      return lookup;
    },
  });
  return { authorize, asked };
};

describe('authorize operator', () => {
  it.each([
    ['the newest version', 'Bearer newest-admin-token', 'v3'],
    ['a former version that is still live', 'Bearer former-admin-token', 'v2'],
    ['the scheme in lower case, as RFC 9110 allows', 'bearer newest-admin-token', 'v3'],
  ])('%s of the token authorizes, and says which version it was', async (_case, header, tokenVersion) => {
    const { authorize, asked } = setUp(found);

    expect(await authorize(header)).toEqual({ kind: 'authorized', tokenVersion });
    expect(asked).toEqual(['admin-token']);
  });

  it.each([
    ['another token', 'Bearer another-admin-token'],
    ['a token that only begins right', 'Bearer newest-admin-toke'],
    ['a token that goes on', 'Bearer newest-admin-token1'],
    ['a token in another case', 'Bearer NEWEST-ADMIN-TOKEN'],
    ['both tokens', 'Bearer newest-admin-token former-admin-token'],
  ])('%s is refused', async (_case, header) => {
    const { authorize } = setUp(found);

    expect(await authorize(header)).toEqual({ kind: 'refused' });
  });

  it.each([
    ['no header', null],
    ['an empty header', ''],
    ['the scheme alone', 'Bearer'],
    ['an empty token', 'Bearer '],
    ['another scheme', 'Basic bmV3ZXN0LWFkbWluLXRva2Vu'],
    ['the token without a scheme', 'newest-admin-token'],
    ['the scheme behind something else', 'Basic Bearer newest-admin-token'],
    ['a token of a megabyte', `Bearer ${'a'.repeat(1 << 20)}`],
    ['control characters', 'Bearer newest\u0000admin'],
  ])('%s is refused without asking the vault', async (_case, header) => {
    const { authorize, asked } = setUp(found);

    expect(await authorize(header)).toEqual({ kind: 'refused' });
    expect(asked).toEqual([]);
  });

  it.each<SecretLookup>([
    { kind: 'missing', retryAfterMs: 30_000 },
    { kind: 'found', versions: [], source: 'vault' },
  ])('without a configured token every command is refused (%o)', async (lookup) => {
    const { authorize } = setUp(lookup);

    expect(await authorize('Bearer newest-admin-token')).toEqual({ kind: 'refused' });
  });

  it('with the vault out of reach and nothing cached there is no decision, and when to come back', async () => {
    const { authorize } = setUp({ kind: 'unavailable', retryAfterMs: 5_000 });

    expect(await authorize('Bearer newest-admin-token')).toEqual({ kind: 'unavailable', retryAfterMs: 5_000 });
  });
});
