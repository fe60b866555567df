import { describe, expect, it } from 'vitest';
import { corruptDelivery } from '../../../local/senders/corrupt-delivery.js';
import { localProviderSecret } from '../../../local/senders/local-provider-secret.js';
import type { SignedDelivery } from '../../../local/senders/sender.js';
import { senders } from '../../../local/senders/senders.js';
import { builtInProviders } from '../../../src/providers/built-in.js';
import type { Provider } from '../../../src/providers/provider.js';
import { senderLibraries } from './sender-libraries.js';
import { type SenderLibrary, type ToSign, withoutThrowing } from './sender-library.js';

const deliveryId = 'b16b00b5-0000-4000-8000-000000000001';

/** Texts that a parser and a serializer would not give back as they were. */
const awkwardBodies = [
  '{"id":820982911946154508,"f":1.10,"e":1E400}',
  '{"foo":"Foo\\n\\u001B[34mbar: ♥"}',
  ' {\r\n\t"a" : "😀"\r\n} \n',
  '\ufeff{"marked":true}',
  'payload=%7B%22a%22%3A1%7D&x=+%20',
];

/** GitLab signs with one form of secret and repeats the other; the form is what tells. */
const signingToken = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

const providerNamed = (name: string): Provider => {
  const provider = builtInProviders.find((each) => each.name === name);
  if (provider === undefined) throw new TypeError(`There is no provider ${name}`);
  return provider;
};

const secretsOf = (provider: Provider) =>
  provider.name === 'gitlab' ? { stored: signingToken, signing: signingToken } : localProviderSecret(provider);

const accepted = ({ provider }: SenderLibrary, { headers, body }: SignedDelivery, nowMs = Date.now()): boolean => {
  const ours = providerNamed(provider);
  return ours.verify(
    { headers: new Headers(headers), body, receivedAt: new Date(nowMs) },
    secretsOf(ours).stored,
    nowMs,
  );
};

const senderOf = ({ provider }: SenderLibrary) => {
  const sender = senders.find((each) => each.provider === provider);
  if (sender === undefined) throw new TypeError(`There is no sender ${provider}`);
  return sender;
};

const signedByUs = (library: SenderLibrary, nowMs = Date.now()): readonly SignedDelivery[] => {
  const sender = senderOf(library);
  const secret = secretsOf(providerNamed(library.provider)).signing;
  const own = sender.samples().slice(0, 20);
  const bodies = [...own.map(({ body }) => body), ...awkwardBodies.map((text) => Buffer.from(text))];
  return bodies.map((body) => {
    const sample = { ...(own[0] ?? { event: 'any' }), body };
    return sender.sign({ sample, deliveryId, secret, form: false, nowMs });
  });
};

const verdicts = async (library: SenderLibrary, deliveries: readonly SignedDelivery[]): Promise<readonly boolean[]> => {
  const { stored } = secretsOf(providerNamed(library.provider));
  return Promise.all(deliveries.map((delivery) => library.verifies(delivery, stored)));
};

describe.each(senderLibraries)('$library for $provider', (library) => {
  it('accepts what our sender signs', async () => {
    const deliveries = signedByUs(library);

    expect(await verdicts(library, deliveries)).toEqual(deliveries.map(() => true));
  });

  it.each(['signature', 'body'] as const)('and this app both refuse a changed %s', async (corruption) => {
    const deliveries = signedByUs(library).map((each) => corruptDelivery(each, senderOf(library), corruption));

    expect(await verdicts(library, deliveries)).toEqual(deliveries.map(() => false));
    expect(deliveries.map((delivery) => accepted(library, delivery))).toEqual(deliveries.map(() => false));
  });
});

const signing = senderLibraries.flatMap(({ sign, ...library }) => (sign === undefined ? [] : [{ ...library, sign }]));

describe.each(signing)('$library for $provider', (library) => {
  const { signing: secret } = secretsOf(providerNamed(library.provider));
  const signedByThem = async (body: string, changes: Partial<ToSign> = {}): Promise<SignedDelivery> => {
    const headers = await library.sign({ body, deliveryId, secret, nowMs: Date.now(), ...changes });
    return { headers, body: Buffer.from(body) };
  };

  it('signs what this app verifies', async () => {
    const samples = senderOf(library).samples().slice(0, 20);
    const bodies = [...samples.map(({ body }) => body.toString('utf8')), ...awkwardBodies];
    const deliveries = await Promise.all(bodies.map((body) => signedByThem(body)));

    expect(deliveries.map((delivery) => accepted(library, delivery))).toEqual(deliveries.map(() => true));
  });

  it('signs with another secret what this app refuses', async () => {
    const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;

    expect(accepted(library, await signedByThem('{}', { secret: other }))).toBe(false);
  });
});

describe.each(
  senderLibraries.filter(({ provider }) => !['github', 'discord'].includes(provider)),
)('$library for $provider', (library) => {
  it('and this app both find a delivery of six minutes ago stale', async () => {
    const deliveries = signedByUs(library, Date.now() - 360_000);

    expect(await verdicts(library, deliveries)).toEqual(deliveries.map(() => false));
    expect(deliveries.map((delivery) => accepted(library, delivery))).toEqual(deliveries.map(() => false));
  });
});

describe('a refusal by a library', () => {
  it('is a thrown error or the answer false', async () => {
    expect(await withoutThrowing(() => Promise.reject(new Error('no')))).toBe(false);
    expect(await withoutThrowing(() => false)).toBe(false);
    expect(await withoutThrowing(() => undefined)).toBe(true);
  });
});
