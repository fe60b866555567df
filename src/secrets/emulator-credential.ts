import type { TokenCredential } from '@azure/identity';

const loopbackHosts: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** An origin as a person would write it: no user, path, query or escapes. */
const plainOrigin = /^https:\/\/(?<host>[^/:@?#\\%[\]]+|\[::1\])(?::\d{1,5})?\/?$/i;

/**
 * Whether a vault is the stand-in on this machine. Only such a vault is given the emulator credential, and only there is
 * the check of the challenge's domain switched off. Anything in doubt is not loopback.
 */
export const isLoopbackVault = (vaultUri: string): boolean => {
  const host = plainOrigin.exec(vaultUri)?.groups?.['host']?.toLowerCase();
  return host !== undefined && loopbackHosts.has(host) && URL.parse(vaultUri)?.hostname === host;
};

/** The last moment that a `Date` can hold: the token is never renewed. */
const neverMs = 8.64e15;

/** The credential of the local stack: a constant token that no real service takes. For `isLoopbackVault` vaults only. */
export const createEmulatorCredential = (): TokenCredential => ({
  getToken: async () => ({ token: 'breakwater-local-vault', expiresOnTimestamp: neverMs }),
});
