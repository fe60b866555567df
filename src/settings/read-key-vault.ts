import { isLoopback, parsePlainUrl } from './connection-string.js';
import { invalid, type RawEnvironment, type Reading, valid } from './reading.js';
import type { KeyVaultSettings } from './settings.js';

const minimumSecretBytes = 16;
const webhookSecretPrefix = 'WEBHOOK_SECRET_';

const webhookSecretSetting = (provider: string): string =>
  `${webhookSecretPrefix}${provider.toUpperCase().replaceAll('-', '_')}`;

const secretNameOf = (setting: string): string | undefined => {
  if (setting === 'ADMIN_TOKEN') return 'admin-token';
  if (!setting.startsWith(webhookSecretPrefix)) return undefined;
  return `${setting.slice(webhookSecretPrefix.length).toLowerCase().replaceAll('_', '-')}-webhook-secret`;
};

const secretSettings = (environment: RawEnvironment): readonly string[] =>
  Object.keys(environment).filter((name) => secretNameOf(name) !== undefined);

/** What stands in a setting whose Key Vault reference the platform could not resolve. Anybody can guess it: it is no secret. */
const unresolvedReference = /^\s*@microsoft\.keyvault\(/i;

const withoutUnresolved = (environment: RawEnvironment): RawEnvironment =>
  Object.fromEntries(
    Object.entries(environment).filter(
      ([name, value]) => secretNameOf(name) === undefined || !unresolvedReference.test(value ?? ''),
    ),
  );

/** What may stand in for the vault: the settings of the providers that are on, and the admin token. Their form is judged where they are used. */
const fallbackOf = (environment: RawEnvironment, providers: readonly string[]): Readonly<Record<string, string>> => {
  const settings = [...providers.map(webhookSecretSetting), 'ADMIN_TOKEN'];
  return Object.fromEntries(
    settings.flatMap((setting) => {
      const [name, value] = [secretNameOf(setting), environment[setting]];
      if (name === undefined || value === undefined) return [];
      return [[name, value] as const];
    }),
  );
};

const fromVault = (
  environment: RawEnvironment,
  { development, providers }: { readonly development: boolean; readonly providers: readonly string[] },
): Reading<KeyVaultSettings> => {
  const name = 'KeyVault__vaultUri';
  const text = environment[name] ?? '';
  const url = parsePlainUrl(text);
  if (url?.protocol !== 'https:' || url.pathname !== '/')
    return invalid({ name, what: 'is not the URL of a vault', expected: 'e.g. https://my-vault.vault.azure.net' });
  if (!development && isLoopback(url.hostname))
    return invalid({ name, what: 'points at this machine', expected: 'a vault in Azure outside development' });
  return valid({
    kind: 'vault',
    vaultUri: text,
    managedIdentityClientId: environment['AZURE_CLIENT_ID'],
    fallback: fallbackOf(environment, providers),
  });
};

const fromSettings = (environment: RawEnvironment, providers: readonly string[]): Reading<KeyVaultSettings> => {
  const missing = providers
    .map(webhookSecretSetting)
    .filter((name) => environment[name] === undefined)
    .map((name) => ({
      name,
      what: 'is not set',
      expected: 'the secret, or KeyVault__vaultUri with a vault that has it',
    }));
  const short = secretSettings(environment)
    .filter((name) => Buffer.byteLength(environment[name] ?? '') < minimumSecretBytes)
    .map((name) => ({ name, what: 'is too short', expected: `a secret of at least ${minimumSecretBytes} bytes` }));
  if (missing.length + short.length > 0) return invalid(...missing, ...short);
  const secrets = secretSettings(environment).map(
    (name) => [secretNameOf(name) ?? name, environment[name] ?? ''] as const,
  );
  return valid({ kind: 'settings', secrets: Object.fromEntries(secrets) });
};

/**
 * Reads `KeyVault__vaultUri`, with `WEBHOOK_SECRET_{PROVIDER}` and `ADMIN_TOKEN` as what stands in for the vault while it does not
 * answer; without one, and in development only, those are the secrets, under the names they would have in the vault.
 */
export const readKeyVault = (
  given: RawEnvironment,
  { development, providers }: { readonly development: boolean; readonly providers: readonly string[] },
): Reading<KeyVaultSettings> => {
  const environment = withoutUnresolved(given);
  if (environment['KeyVault__vaultUri'] !== undefined) return fromVault(environment, { development, providers });
  if (development) return fromSettings(environment, providers);
  return invalid({ name: 'KeyVault__vaultUri', what: 'is not set', expected: 'the URL of the vault' });
};
