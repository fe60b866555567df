import { hash } from 'node:crypto';
import { builtInProviders } from '../../src/providers/built-in.js';
import type { Provider } from '../../src/providers/provider.js';
import { isSecretForm } from '../../src/signatures/verify-signature.js';
import { localWebhookSecret } from '../stack/local-secrets.js';
import { publicKeyOf } from './ed25519-seed.js';

/** What the vault holds for a provider on this machine, and what its sender signs with: two things where keys come in pairs. */
export interface LocalProviderSecret {
  readonly stored: string;
  readonly signing: string;
}

const same = (secret: string): LocalProviderSecret => ({ stored: secret, signing: secret });

const encoded = Buffer.from(localWebhookSecret).toString('base64');

const keyPair = (): LocalProviderSecret => {
  const seed = hash('sha256', localWebhookSecret, 'buffer');
  return { stored: publicKeyOf(seed).toString('hex'), signing: seed.toString('hex') };
};

/** The one secret of this machine in the form that the provider's scheme asks for; as it is wherever that will do. */
export const localProviderSecret = (provider: Pick<Provider, 'signing'> | undefined): LocalProviderSecret => {
  const needsWord = provider?.signing.some((scheme) => scheme.kind === 'token' && scheme.alphabet !== undefined);
  if (needsWord) return same(localWebhookSecret.replace(/[^A-Za-z0-9]+/g, '-'));
  if (provider === undefined || isSecretForm(provider.signing, localWebhookSecret)) return same(localWebhookSecret);
  const [scheme] = provider.signing;
  switch (scheme?.kind) {
    case 'hmac':
      return same(scheme.key === 'whsec' ? `whsec_${encoded}` : encoded);
    case 'ed25519':
      return keyPair();
    case 'basic':
      return same(`breakwater:${localWebhookSecret}`);
    default:
      return same(localWebhookSecret);
  }
};

/** The same by name; `own` are the senders of `providers.json`. */
export const localSecretOf = (name: string, own: readonly Provider[] = []): LocalProviderSecret =>
  localProviderSecret([...builtInProviders, ...own].find((provider) => provider.name === name));
