import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EventIdParts, eventId } from '../../../src/envelope/event-identity.js';

const parts: EventIdParts = {
  provider: 'github',
  source: 'https://github.com/octo-org/octo-repo',
  type: 'github.ping',
  body: Buffer.from('{"zen":"Design for failure."}'),
};

const hashForm = /^sha256:[0-9a-f]{64}$/;

/** What no id may be: each is of one kind that an envelope cannot show. */
const unusable = ['a b', 'é', 'a\r\nb', '\0', '\ud83d', 'x'.repeat(257)];

describe('event id', () => {
  it("is the sender's delivery id", () => {
    const deliveryId = '72d3162e-cc78-11e3-81ab-4c9367dc0958';

    expect(eventId({ ...parts, deliveryId })).toBe(deliveryId);
  });

  it('is the delivery id joined with what makes it unique', () => {
    expect(eventId({ ...parts, idScope: '/mycontext', deliveryId: 'a/b#c' })).toBe('/mycontext#a/b#c');
  });

  it.each([undefined, '', ...unusable])('is a hash when the delivery id is %j', (deliveryId) => {
    expect(eventId({ ...parts, deliveryId })).toMatch(hashForm);
  });

  it('is a hash when scope and id together cannot be used', () => {
    expect(eventId({ ...parts, idScope: '/my context', deliveryId: '1' })).toMatch(hashForm);
    expect(eventId({ ...parts, idScope: 'x'.repeat(200), deliveryId: 'y'.repeat(57) })).toMatch(hashForm);
    expect(eventId({ ...parts, idScope: '/a#b', deliveryId: '1' })).toMatch(hashForm);
  });

  it('ignores no id that cannot be used', () => {
    const ids = [undefined, ...unusable].map((deliveryId) => eventId({ ...parts, deliveryId }));

    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each([
    ['provider', { provider: 'github-acme' }],
    ['source', { source: 'https://github.com/octo-org/other' }],
    ['type', { type: 'github.star' }],
    ["the sender's word for the type", { sentType: 'p i n g' }],
    ['scope', { idScope: '/my context' }],
    ['id', { deliveryId: 'a  b' }],
    ['body', { body: Buffer.from('{}') }],
  ])('a hash covers %s', (_, change) => {
    const one = { ...parts, deliveryId: 'a b' };

    expect(eventId({ ...one, ...change })).not.toBe(eventId(one));
  });

  it('is the same exactly when every part is, wherever one part ends and the next begins', () => {
    const text = fc.stringMatching(/^[a#" \n]{0,3}$/);
    const optional = fc.option(text, { nil: undefined });
    const some = fc.record({
      provider: text,
      source: text,
      type: text,
      sentType: optional,
      idScope: optional,
      deliveryId: optional,
      body: text.map((body) => Buffer.from(body)),
    });
    const identity = (from: EventIdParts): string =>
      hashForm.test(eventId(from))
        ? JSON.stringify([
            from.provider,
            from.source,
            from.type,
            from.sentType ?? null,
            from.idScope ?? null,
            from.deliveryId ?? null,
            String(from.body),
          ])
        : JSON.stringify([from.idScope ?? null, from.deliveryId]);

    fc.assert(
      fc.property(some, some, fc.boolean(), (one, other, scoped) => {
        // A sender either always says what its ids are unique within, or never.
        const [first, second] = [one, other].map((from) => ({
          ...from,
          idScope: scoped ? (from.idScope ?? '') : undefined,
        }));
        if (first === undefined || second === undefined) throw new Error('two are compared');

        expect(eventId(first) === eventId(second)).toBe(identity(first) === identity(second));
      }),
      { numRuns: 2_000 },
    );
  });
});
