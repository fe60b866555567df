import { localSecretOf } from '../../../local/senders/local-provider-secret.js';
import { ownSenders } from '../../../local/senders/own-senders.js';
import type { Sample, Sender } from '../../../local/senders/sender.js';
import { senders } from '../../../local/senders/senders.js';
import { builtInProviders } from '../../../src/providers/built-in.js';
import type { Provider } from '../../../src/providers/provider.js';
import { readProviders } from '../../../src/settings/read-providers.js';

/** A sender with what it signs and what it signs with. */
export interface FuzzedSender {
  readonly sender: Sender;
  readonly secret: string;
  readonly samples: readonly Sample[];
  readonly provesBody: boolean;
}

/** A tenant, and senders of one's own of the kinds that no built-in one has. */
export const providersFile = JSON.stringify({
  providers: {
    'github-acme': { extends: 'github' },
    'acme-billing': {
      signing: {
        kind: 'hmac',
        algorithm: 'sha512',
        header: 'X-Acme-Signature',
        prefix: 'v1=',
        list: 'comma',
        encoding: 'base64',
        signedBytes: '{id}.{timestamp}.{body}',
        idHeader: 'X-Acme-Id',
        timestamp: { header: 'X-Acme-Timestamp', format: 'rfc3339', toleranceSeconds: 300 },
      },
      event: [{ header: 'X-Acme-Event' }, { pointer: '/event/type' }],
      action: { pointer: '/event/action' },
      deliveryId: { pointer: '/id' },
      subject: { pointer: '/invoice/0/number' },
      repository: { pointer: '/repository' },
    },
    'acme-doors': { signing: { kind: 'basic' }, event: { pointer: '/event' }, sessionKey: { header: 'X-Door' } },
  },
});

const readOwn = (): readonly Provider[] => {
  const reading = readProviders(providersFile);
  if (!reading.ok) throw new TypeError(`The fuzzed providers are wrong: ${JSON.stringify(reading.problems)}`);
  return reading.providers;
};

const own = readOwn();

/** Names of every provider that is fuzzed. */
export const fuzzedProviders: readonly string[] = [...builtInProviders, ...own].map(({ name }) => name);

/** GitHub publishes hundreds of samples, most of them long and alike. */
const maxSamples = 40;

/** Every sender there is, built in or not. */
export const fuzzedSenders = (): readonly FuzzedSender[] =>
  [...senders, ...ownSenders(providersFile, own)].map((sender) => {
    const secret = localSecretOf(sender.provider, own).signing;
    const samples = sender.samples().toSorted((one, other) => one.body.length - other.body.length);
    return { sender, secret, samples: samples.slice(0, maxSamples), provesBody: sender.proves(secret).body };
  });

/** Everything that must never be printed or answered: what signs and what is stored, as it is and in base64. */
export const everySecret = (): readonly string[] => {
  const texts = fuzzedProviders.flatMap((name) => Object.values(localSecretOf(name, own)));
  const all = new Set(['local-admin-token', 'local-function-key', ...texts]);
  return [...all, ...[...all].map((text) => Buffer.from(text).toString('base64').replace(/=+$/, ''))];
};
