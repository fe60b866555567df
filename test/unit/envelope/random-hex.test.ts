import { describe, expect, it } from 'vitest';
import { createRandomHex } from '../../../src/envelope/random-hex.js';

/** Draws 0, 1, 2, … so that a byte given out twice would show. */
const counting = () => {
  let next = 0;
  return (bytes: number) => Buffer.from(Array.from({ length: bytes }, () => next++ % 256));
};

describe('random hex', () => {
  it('is as many bytes as were asked for, in lower-case hex', () => {
    const newHex = createRandomHex((bytes) => Buffer.alloc(bytes, 0xab));

    expect([newHex(8), newHex(16)]).toEqual(['ab'.repeat(8), 'ab'.repeat(16)]);
  });

  it('gives no byte out twice, within a draw and from one to the next', () => {
    const newHex = createRandomHex(counting());

    const texts = Array.from({ length: 300 }, () => newHex(16));

    const bytes = [...Buffer.from(texts.join(''), 'hex')];
    expect(bytes).toEqual(bytes.map((_, index) => index % 256));
  });
});
