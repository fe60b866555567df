import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type HmacHexClaim, verifyHmacHex } from './signed-request.js';

const secret = "It's a Secret to Everybody";
const body = Buffer.from('Hello, World!');
const digits = createHmac('sha256', secret).update(body).digest('hex');

const verify = (claim: Partial<HmacHexClaim>): boolean =>
  verifyHmacHex({ algorithm: 'sha256', prefix: 'sha256=', header: `sha256=${digits}`, body, secret, ...claim });

const flipBit = (bytes: Buffer, bit: number): Buffer => {
  const flipped = Buffer.from(bytes);
  flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return flipped;
};

describe('signature', () => {
  it('verifies what its own secret signed', () => {
    expect(verify({})).toBe(true);
  });

  it('verifies a bare one when the scheme has no prefix', () => {
    expect(verify({ prefix: '', header: digits })).toBe(true);
  });

  it('is about the bytes: any one changed bit of the body undoes it', () => {
    const verified = Array.from({ length: body.length * 8 }, (_, bit) => verify({ body: flipBit(body, bit) }));

    expect(verified).not.toContain(true);
  });

  it('any one changed bit of the signature undoes it', () => {
    const signature = Buffer.from(digits, 'hex');
    const verified = Array.from({ length: 256 }, (_, bit) =>
      verify({ header: `sha256=${flipBit(signature, bit).toString('hex')}` }),
    );

    expect(verified).not.toContain(true);
  });

  it('of another secret does not verify', () => {
    expect(verify({ secret: `${secret} ` })).toBe(false);
  });

  it('never verifies with an empty secret, which anyone can sign with', () => {
    const header = `sha256=${createHmac('sha256', '').update(body).digest('hex')}`;

    expect(verify({ secret: '', header })).toBe(false);
  });

  it.each([
    ['missing', null],
    ['empty', ''],
    ['nothing but its prefix', 'sha256='],
    ['of the older algorithm', `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`],
    ['under the prefix of another algorithm', `sha1=${digits}`],
    ['without its prefix', digits],
    ['with an upper-case prefix', `SHA256=${digits}`],
    ['in upper case', `sha256=${digits.toUpperCase()}`],
    ['truncated', `sha256=${digits.slice(0, -1)}`],
    ['truncated by a byte', `sha256=${digits.slice(0, -2)}`],
    ['too long', `sha256=${digits}00`],
    ['followed by a line feed', `sha256=${digits}\n`],
    ['preceded by a space', ` sha256=${digits}`],
    ['with a space after the prefix', `sha256= ${digits}`],
    ['doubled by a comma, as repeated headers arrive', `sha256=${digits}, sha256=${digits}`],
    ['in a list after a wrong one', `sha256=${'0'.repeat(64)},sha256=${digits}`],
    ['doubled without a comma', `sha256=${digits}${digits}`],
    ['not hex', `sha256=${'g'.repeat(64)}`],
    ['right up to a byte that is not hex', `sha256=${digits.slice(0, -2)}zz`],
    ['in base64', `sha256=${Buffer.from(digits, 'hex').toString('base64')}`],
    ['in full-width digits', `sha256=${'０'.repeat(64)}`],
  ])('that is %s does not verify', (_what, header) => {
    expect(verify({ header })).toBe(false);
  });
});
