import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventMessageId, forcedMessageId } from '../../../src/envelope/event-identity.js';

const sha256 = 'a'.repeat(64);
const guid = '72d3162e-cc78-11e3-81ab-4c9367dc0958';

describe('message id of an event', () => {
  it("names the route, the event's id and the payload's hash", () => {
    expect(eventMessageId({ provider: 'github', id: guid, sha256 })).toBe(`github:${guid}:${sha256}`);
  });

  it.each([
    ['another route', { provider: 'github-acme' }],
    ['another id', { id: '72d3162e-cc78-11e3-81ab-4c9367dc0959' }],
    ['other bytes', { sha256: 'b'.repeat(64) }],
  ])('is another one for %s', (_, change) => {
    const identity = { provider: 'github', id: guid, sha256 };

    expect(eventMessageId({ ...identity, ...change })).not.toBe(eventMessageId(identity));
  });

  it('is a hash when the three are longer than Service Bus takes', () => {
    expect(eventMessageId({ provider: 'cloudevents', id: 'x'.repeat(256), sha256 })).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is the same exactly when route, id and hash are, and always fits', () => {
    const provider = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,3}$/);
    const id = fc.stringMatching(/^[:a-f0-9-]{1,90}$/);
    const hash = fc.stringMatching(/^[ab]{64}$/);
    const identity = fc.record({ provider, id, sha256: fc.oneof(hash, fc.constant(sha256)) });

    fc.assert(
      fc.property(identity, identity, (one, other) => {
        const same = one.provider === other.provider && one.id === other.id && one.sha256 === other.sha256;

        expect(eventMessageId(one) === eventMessageId(other)).toBe(same);
        expect(eventMessageId(one).length).toBeLessThanOrEqual(128);
      }),
    );
  });
});

describe('forced message id', () => {
  it('is the same for one copy and one command, else another', () => {
    const id = forcedMessageId('command-1', 'github/2026/01/02/a.json');

    expect(forcedMessageId('command-1', 'github/2026/01/02/a.json')).toBe(id);
    expect(forcedMessageId('command-1', 'github/2026/01/02/b.json')).not.toBe(id);
    expect(forcedMessageId('command-2', 'github/2026/01/02/a.json')).not.toBe(id);
    expect(id.length).toBeLessThanOrEqual(128);
  });
});
