import { describe, expect, it } from 'vitest';
import { fixtureSender } from '../../../local/senders/fixture-sender.js';
import { localProviderSecret } from '../../../local/senders/local-provider-secret.js';
import type { SignedDelivery } from '../../../local/senders/sender.js';
import type { Provider } from '../../../src/providers/provider.js';
import { everyFixture, putOnTest, signedFixture } from './provider-on-test.js';

type Forge = (delivery: SignedDelivery, provider: Provider) => SignedDelivery;

const changeSignature = (change: (value: string) => string | undefined): Forge => {
  return ({ headers, body }, provider) => {
    const names = new Set(fixtureSender(provider).signatureHeaders);
    const changed = Object.entries(headers).flatMap(([name, value]) => {
      const forged = names.has(name) ? change(value) : value;
      return forged === undefined ? [] : [[name, forged] as const];
    });
    return { body, headers: Object.fromEntries(changed) };
  };
};

const lastCharacter = /[^=](?==*$)/;

const forgeries: readonly (readonly [string, Forge])[] = [
  ['without its signature', changeSignature(() => undefined)],
  ['with an empty signature', changeSignature(() => '')],
  [
    'with its last character changed',
    changeSignature((value) => value.replace(lastCharacter, (c) => (c === '0' ? '1' : '0'))),
  ],
  ['with its first character changed', changeSignature((value) => `~${value.slice(1)}`)],
  ['truncated', changeSignature((value) => value.slice(0, -1))],
  ['doubled, as repeated headers arrive', changeSignature((value) => `${value}, ${value}`)],
  ['doubled, as Azure’s host joins repeated headers', changeSignature((value) => `${value},${value}`)],
  ['in upper case', changeSignature((value) => value.toUpperCase())],
  ['with something after it', changeSignature((value) => `${value}x`)],
];

/** One delivery of each provider is enough: all are signed alike. */
const oneOfEach = everyFixture.filter(
  ({ provider }, index) => everyFixture.findIndex((other) => other.provider === provider) === index,
);
const proofOf = (provider: Provider) => fixtureSender(provider).proves(localProviderSecret(provider).signing);
const signsBody = oneOfEach.filter(({ provider }) => proofOf(provider).body);
const cases = oneOfEach.flatMap((each) => forgeries.map(([how, forge]) => ({ ...each, how, forge })));

describe('every provider', () => {
  it.each(cases)('$what is refused when its signature comes $how', async ({ provider, fixture, forge }) => {
    const { nowMs, post, memory } = putOnTest(provider);

    const reply = await post(forge(signedFixture(provider, fixture, nowMs), provider));

    expect(reply.status).toBe(401);
    expect(reply.json).toMatchObject({ code: 'SignatureInvalid' });
    expect(memory.archive.names()).toEqual([]);
  });

  it.each(oneOfEach)('$what is refused when signed with another secret', async ({ provider, fixture }) => {
    const { nowMs, post, memory } = putOnTest(provider);
    memory.secrets.set(`${provider.name}-webhook-secret`, otherSecret(provider));

    const reply = await post(signedFixture(provider, fixture, nowMs));

    expect(reply.status).toBe(401);
  });

  it.each(signsBody)('$what is refused when its body is not the one that was signed', async ({ provider, fixture }) => {
    const { nowMs, post } = putOnTest(provider);
    const delivery = signedFixture(provider, fixture, nowMs);

    const reply = await post({ ...delivery, body: Buffer.concat([delivery.body, Buffer.from(' ')]) });

    expect(reply.status).toBe(401);
  });

  const timed = oneOfEach.filter(({ provider }) => proofOf(provider).time);

  it.each(
    timed.flatMap((each) => [-1, 1].map((direction) => ({ ...each, direction }))),
  )('$what is refused when it is stale, or early ($direction)', async ({ provider, fixture, direction }) => {
    const { nowMs, post } = putOnTest(provider);

    const reply = await post(signedFixture(provider, fixture, nowMs + direction * 601_000));

    expect(reply.status).toBe(401);
  });
});

const otherSecret = ({ signing }: Provider): string => {
  const [scheme] = signing;
  const bytes = Buffer.alloc(32, 7);
  if (scheme?.kind === 'ed25519') return bytes.toString('hex');
  if (scheme?.kind === 'basic') return 'breakwater:another secret';
  return scheme?.kind === 'hmac' && scheme.key === 'whsec'
    ? `whsec_${bytes.toString('base64')}`
    : bytes.toString('base64');
};
