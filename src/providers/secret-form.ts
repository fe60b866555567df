import { refuseDevelopmentSecret } from '../secrets/development-secrets.js';
import { webhookSecretName } from '../secrets/secrets.js';
import { secretFormText } from '../signatures/secret-form-text.js';
import { isSecretForm } from '../signatures/verify-signature.js';
import type { Provider } from './provider.js';

/**
 * Tells why a value cannot be a provider's secret: it does not have the form that its scheme asks for, so that nothing would ever
 * verify and every genuine delivery would be taken for a forged one. `undefined` for a fit value, and for other secrets.
 */
export const createRefuseUnfitForm = (
  names: readonly string[],
  findProvider: (name: string) => Provider | undefined,
): ((value: string, secretName: string) => string | undefined) => {
  const providers = new Map(names.map((name) => [webhookSecretName(name), findProvider(name)]));
  return (value, secretName) => {
    const provider = providers.get(secretName);
    if (provider === undefined || isSecretForm(provider.signing, value)) return undefined;
    return `does not have the form that ${provider.name} signs with: ${secretFormText(provider.signing)}`;
  };
};

interface SecretRules {
  /** Names of the providers that are on. */
  readonly providers: readonly string[];
  readonly development: boolean;
}

/** Every reason to refuse a secret's value: published values outside development, and forms that nothing verifies with. */
export const createRefuseSecret = (
  { providers, development }: SecretRules,
  findProvider: (name: string) => Provider | undefined,
): ((value: string, secretName: string) => string | undefined) => {
  const refuseUnfitForm = createRefuseUnfitForm(providers, findProvider);
  return (value, secretName) =>
    (development ? undefined : refuseDevelopmentSecret(value)) ?? refuseUnfitForm(value, secretName);
};
