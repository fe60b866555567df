import { isLoopback, parsePlainUrl } from './connection-string.js';
import type { SettingProblem } from './problem.js';
import type { RawEnvironment } from './raw-environment.js';
import { invalid, type Reading, valid } from './reading.js';
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

const fromVault = (environment: RawEnvironment, development: boolean): Reading<KeyVaultSettings> => {
  const name = 'KeyVault__vaultUri';
  const text = environment[name] ?? '';
  const url = parsePlainUrl(text);
  const problems: SettingProblem[] = secretSettings(environment).map((setting) => ({
    name: setting,
    what: 'is set together with KeyVault__vaultUri',
    expected: 'the secret in the vault, or no vault (in development only)',
  }));
  if (url?.protocol !== 'https:' || url.pathname !== '/')
    problems.push({ name, what: 'is not the URL of a vault', expected: 'e.g. https://my-vault.vault.azure.net' });
  else if (!development && isLoopback(url.hostname))
    problems.push({ name, what: 'points at this machine', expected: 'a vault in Azure outside development' });
  if (problems.length > 0) return invalid(...problems);
  return valid({ kind: 'vault', vaultUri: text, managedIdentityClientId: environment['AZURE_CLIENT_ID'] });
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
 * Reads `KeyVault__vaultUri`; without one, and in development only, the secrets in `WEBHOOK_SECRET_{PROVIDER}` and
 * `ADMIN_TOKEN`, under the names they would have in the vault.
 */
export const readKeyVault = (
  environment: RawEnvironment,
  { development, providers }: { readonly development: boolean; readonly providers: readonly string[] },
): Reading<KeyVaultSettings> => {
  if (environment['KeyVault__vaultUri'] !== undefined) return fromVault(environment, development);
  if (development) return fromSettings(environment, providers);
  const refused = secretSettings(environment).map((name) => ({
    name,
    what: 'is set outside development',
    expected: 'the secret in the vault that KeyVault__vaultUri names',
  }));
  return invalid({ name: 'KeyVault__vaultUri', what: 'is not set', expected: 'the URL of the vault' }, ...refused);
};
