import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitJsonList } from '../../../src/envelope/split-json-list.js';

const spaces = fc.stringMatching(/^[ \t\n\r]{0,3}$/);

describe('a JSON list', () => {
  it('is taken apart into the very bytes of its items, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.json()), fc.array(spaces, { minLength: 1 }), (items, gaps) => {
        const gap = (index: number): string => gaps[index % gaps.length] ?? '';
        const inside = items.map((item, index) => `${gap(index)}${item}${gap(index + 1)}`).join(',');
        const list = Buffer.from(`${gap(2)}[${gap(3)}${inside}${gap(4)}]${gap(5)}`);

        expect(splitJsonList(list).map((item) => item.toString('utf8'))).toEqual(items);
      }),
    );
  });
});
