import { describe, expect, it } from 'vitest';
import { decodeLeft, encodeLeft } from '../../../src/batches/left-items.js';

describe('what is left of a batch', () => {
  it.each([
    [[], ''],
    [[3], '3'],
    [[0, 1, 2, 4, 8, 9], '0-2,4,8-9'],
  ])('%j is written as %j', (places, text) => {
    expect(encodeLeft(places)).toBe(text);
  });

  it('reads back as it was written', () => {
    const places = [0, 2, 3, 4, 9, 4_999];

    expect(decodeLeft(encodeLeft(places), 5_000)).toEqual(places);
  });

  it('in too many pieces is said to be more than it is, never less, and stays short', () => {
    const places = Array.from({ length: 2_500 }, (_, index) => 2 * index);

    const text = encodeLeft(places);

    expect(text.length).toBeLessThanOrEqual(2_000);
    const left = new Set(decodeLeft(text, 5_000));
    expect(places.filter((place) => !left.has(place))).toEqual([]);
  });

  it.each([undefined, '', 'junk', '-1', '1-2-3'])('written as %j is everything', (text) => {
    expect(decodeLeft(text, 3)).toEqual([0, 1, 2]);
  });

  it('never names a place that the batch does not have', () => {
    expect(decodeLeft('1-999999999,5000', 3)).toEqual([1, 2]);
  });
});
