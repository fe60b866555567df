import { sign } from '@octokit/webhooks-methods';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../../support/any-character.js';
import { verifyHmacHex } from '../../unit/signatures/signed-request.js';

const claim = { algorithm: 'sha256', prefix: 'sha256=' } as const;
const secrets = fc.string({ minLength: 1, unit: 'grapheme' });

describe('signature', () => {
  it("made by GitHub's own library verifies, whatever was signed", async () => {
    await fc.assert(
      fc.asyncProperty(secrets, fc.string({ minLength: 1, unit: 'grapheme' }), async (secret, text) => {
        const header = await sign(secret, text);

        expect(verifyHmacHex({ ...claim, header, body: Buffer.from(text), secret })).toBe(true);
      }),
    );
  });

  it('made by one secret verifies with no other', async () => {
    await fc.assert(
      fc.asyncProperty(secrets, secrets, async (secret, other) => {
        fc.pre(Buffer.from(secret).compare(Buffer.from(other)) !== 0);
        const header = await sign(secret, 'payload');

        expect(verifyHmacHex({ ...claim, header, body: Buffer.from('payload'), secret: other })).toBe(false);
      }),
    );
  });

  it('checking never throws and never accepts made-up text', () => {
    const text = fc.oneof(
      fc.string({ unit: anyCharacter }),
      fc.string({ unit: anyCharacter }).map((rest) => `sha256=${rest}`),
      fc.stringMatching(/^sha256=[0-9a-fA-F]{60,68}$/),
    );
    fc.assert(
      fc.property(text, fc.uint8Array(), secrets, (header, body, secret) => {
        expect(verifyHmacHex({ ...claim, header, body: Buffer.from(body), secret })).toBe(false);
      }),
    );
  });
});
