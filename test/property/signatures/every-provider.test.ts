import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localProviderSecret } from '../../../local/senders/local-provider-secret.js';
import { providerFixtures } from '../../../local/senders/provider-fixtures.js';
import { decodePayload } from '../../../src/envelope/decode-payload.js';
import { eventType } from '../../../src/envelope/event-identity.js';
import { builtInProviders } from '../../../src/providers/built-in.js';
import type { Delivery, Provider } from '../../../src/providers/provider.js';
import { partitionKeyOf } from '../../../src/routing/address-message.js';
import { isEventPattern } from '../../../src/routing/match-bots.js';
import { anyCharacter } from '../../support/any-character.js';

const nowMs = 1_767_225_600_000;

/** Every header that a provider's deliveries have or might have. */
const headerNames = ({ name, signing }: Provider): readonly string[] => [
  'content-type',
  'idempotency-key',
  ...signing.flatMap((scheme) => ('header' in scheme ? [scheme.header] : ['Authorization'])),
  ...signing.flatMap((scheme) => ('timestamp' in scheme && scheme.timestamp ? [scheme.timestamp.header] : [])),
  ...signing.flatMap((scheme) => ('idHeader' in scheme && scheme.idHeader ? [scheme.idHeader] : [])),
  ...providerFixtures(name).flatMap(({ headers }) => Object.keys(headers)),
];

const prefixes = ({ signing }: Provider): readonly string[] => [
  '',
  't=1767225600,',
  ...signing.flatMap((scheme) => ('prefix' in scheme && scheme.prefix ? [scheme.prefix] : [])),
];

const hexDigit = fc.constantFrom(...'0123456789abcdef');

const headerText = (provider: Provider): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ unit: anyCharacter }),
    fc.constantFrom('1767225600', '1767225600000', '2026-01-01T00:00:00Z', 'NaN', 'msg_1'),
    fc
      .tuple(fc.constantFrom(...prefixes(provider)), fc.string({ unit: hexDigit, minLength: 62, maxLength: 66 }))
      .map((parts) => parts.join('')),
    fc.tuple(fc.constantFrom(...prefixes(provider)), fc.base64String({ minLength: 40 })).map((parts) => parts.join('')),
  );

const headersOf = (provider: Provider): fc.Arbitrary<Delivery['headers']> =>
  fc
    .dictionary(fc.constantFrom(...headerNames(provider).map((name) => name.toLowerCase())), headerText(provider))
    .map((headers) => ({ get: (name) => headers[name.toLowerCase()] ?? null, keys: () => Object.keys(headers) }));

/** Bodies that are near to real ones: the members of a fixture, with anything for values. */
const nearPayload = ({ name }: Provider): fc.Arbitrary<unknown> => {
  const bodies = providerFixtures(name).map(({ body }) => body);
  const members = bodies.flatMap((body) => (typeof body === 'object' && body !== null ? Object.keys(body) : []));
  const inner = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(fc.constantFrom('id', 'type', 'action', 'self', ...members), fc.jsonValue()),
  );
  return fc.oneof(
    fc.jsonValue(),
    fc.dictionary(fc.constantFrom('id', ...members), inner),
    fc.constantFrom(null, ...bodies),
  );
};

const noControl = /^[^\p{Cc}\p{Cs}]*$/u;

describe.each(builtInProviders.map((provider) => ({ name: provider.name, provider })))('$name', ({ provider }) => {
  const { stored } = localProviderSecret(provider);

  it('never accepts what was made up, and never throws', () => {
    fc.assert(
      fc.property(headersOf(provider), fc.uint8Array(), (headers, bytes) => {
        const delivery = { headers, body: Buffer.from(bytes), receivedAt: new Date(nowMs) };

        expect(provider.verify(delivery, stored, nowMs)).toBe(false);
      }),
    );
  });

  it('describes whatever genuine senders may send, in words that an envelope can hold', () => {
    fc.assert(
      fc.property(headersOf(provider), nearPayload(provider), (headers, value) => {
        const body = Buffer.from(JSON.stringify(value));
        const payload = decodePayload({ body, contentType: 'application/json' });
        fc.pre(payload.kind === 'json');

        const description = provider.describe({ headers, body, receivedAt: new Date(nowMs) }, payload.value);

        if (description.kind !== 'event') return;
        const { event, action, source, subject, repository, sessionKeys, deliveryId } = description;
        expect(isEventPattern(eventType({ provider: provider.name, event, action }))).toBe(true);
        expect(source).toMatch(/^[\x21-\x7e]+$/);
        expect(`${subject}${repository}`).toMatch(noControl);
        expect([subject, repository, deliveryId, action]).not.toContain('');
        expect(Object.values(sessionKeys)).not.toContain('');
        expect(partitionKeyOf(sessionKeys)).toMatch(/^[\x20-\x7e]{1,128}$/);
      }),
    );
  });

  it('answers no challenge that it has not been asked, and never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const delivery = { headers: new Headers(), body: Buffer.alloc(0), receivedAt: new Date(nowMs) };
        const reply = provider.handshake?.(delivery, value, stored);

        expect(reply?.body ?? '').not.toContain(stored);
      }),
    );
  });
});
