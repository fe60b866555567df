import { describe, expect, test } from 'vitest';
import { createEmulatorCredential, isLoopbackVault } from '../../../src/secrets/emulator-credential.js';

describe('emulator credential', () => {
  test.each([
    'https://127.0.0.1:8443',
    'https://127.0.0.1:8443/',
    'https://127.0.0.1',
    'https://localhost:8443',
    'https://LOCALHOST:8443',
    'https://[::1]:8443',
    'HTTPS://127.0.0.1:8443',
  ])('loopback vault: %s is one', (vaultUri) => {
    expect(isLoopbackVault(vaultUri)).toBe(true);
  });

  test.each([
    ['a vault in Azure', 'https://my-vault.vault.azure.net'],
    ['no TLS', 'http://127.0.0.1:8443'],
    ['another scheme', 'ftp://127.0.0.1'],
    ['loopback as the first labels of a name', 'https://127.0.0.1.evil.com'],
    ['localhost as the first label of a name', 'https://localhost.evil.com'],
    ['localhost as the last label of a name', 'https://evil.localhost'],
    ['loopback as the user', 'https://localhost@evil.com'],
    ['loopback as user and password', 'https://127.0.0.1:8443@evil.com'],
    ['a user on loopback', 'https://user@127.0.0.1:8443'],
    ['an empty user on loopback', 'https://@127.0.0.1:8443'],
    ['a trailing dot', 'https://localhost.:8443'],
    ['a trailing dot after the address', 'https://127.0.0.1.:8443'],
    ['a backslash', 'https://127.0.0.1\\@evil.com'],
    ['a backslash before the host', 'https:\\\\127.0.0.1'],
    ['a path', 'https://127.0.0.1:8443/vault'],
    ['a query', 'https://127.0.0.1:8443?x=.vault.azure.net'],
    ['a fragment', 'https://127.0.0.1:8443#evil.com'],
    ['escapes in the host', 'https://127.0.0.1%2eevil.com'],
    ['an escaped loopback', 'https://%6cocalhost'],
    ['full-width digits', 'https://１27.0.0.1'],
    ['the address as a number', 'https://2130706433'],
    ['the address in hexadecimal', 'https://0x7f.1'],
    ['another address of the loopback net', 'https://127.0.0.2'],
    ['every address of this machine', 'https://0.0.0.0'],
    ['an IPv4 address mapped to IPv6', 'https://[::ffff:127.0.0.1]'],
    ['the long form of ::1', 'https://[0:0:0:0:0:0:0:1]'],
    ['a port beyond the last', 'https://127.0.0.1:99999'],
    ['white space before it', ' https://127.0.0.1:8443'],
    ['a line break after it', 'https://127.0.0.1:8443\n'],
    ['a tab inside it', 'https://127.0.0\t.1:8443'],
    ['nothing', ''],
  ])('loopback vault: not with %s', (_what, vaultUri) => {
    expect(isLoopbackVault(vaultUri)).toBe(false);
  });

  test('emulator credential: its token is constant and is never renewed', async () => {
    const token = await createEmulatorCredential().getToken('https://vault.azure.net/.default');

    expect(token?.token).toBe('breakwater-local-vault');
    expect(new Date(token?.expiresOnTimestamp ?? 0).getUTCFullYear()).toBeGreaterThan(100_000);
  });
});
