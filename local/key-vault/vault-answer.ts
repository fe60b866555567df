import type { StoredVersion } from './vault-state.js';

/** What the vault answers: a status and a JSON body. */
export interface VaultAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error in Key Vault's own form. */
export const vaultError = (status: number, code: string, message: string, innerCode?: string): VaultAnswer => ({
  status,
  body: { error: { code, message, ...(innerCode !== undefined && { innererror: { code: innerCode } }) } },
});

export const badParameter = (message: string): VaultAnswer => vaultError(400, 'BadParameter', message);

export const secretNotFound = (id: string): VaultAnswer =>
  vaultError(404, 'SecretNotFound', `A secret with (name/id) ${id} was not found in this key vault.`);

/** Asks for a token as Key Vault does; whoever issues it, any will do here. */
export const challenge: VaultAnswer = {
  ...vaultError(401, 'Unauthorized', 'AKV10000: Request is missing a Bearer or PoP token.'),
  headers: {
    'www-authenticate':
      'Bearer authorization="https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000", resource="https://vault.azure.net"',
  },
};

/** A version without its value, under the given id. */
export const secretItem = (id: string, stored: StoredVersion) => ({
  id,
  attributes: {
    enabled: stored.enabled,
    nbf: stored.nbf,
    exp: stored.exp,
    created: stored.created,
    updated: stored.updated,
    recoveryLevel: 'Purgeable',
  },
  contentType: stored.contentType,
  tags: stored.tags,
});
