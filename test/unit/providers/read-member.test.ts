import { describe, expect, it } from 'vitest';
import { hasObjectAt, itemsAt, memberAt, numberAt, textAt } from '../../../src/providers/read-member.js';

describe('reading a payload', () => {
  it('follows own members', () => {
    expect(memberAt({ a: { b: [1] } }, 'a', 'b')).toEqual([1]);
  });

  it.each([
    '__proto__',
    'constructor',
    'toString',
    'length',
    'hasOwnProperty',
  ])('never reads an inherited %s', (name) => {
    expect(memberAt({}, name)).toBeUndefined();
    expect(memberAt([1], name)).toBeUndefined();
    expect(memberAt('text', name)).toBeUndefined();
  });

  it('reads a member of its own that is called __proto__ like the others', () => {
    expect(textAt(JSON.parse('{"__proto__":{"a":"b"}}'), '__proto__', 'a')).toBe('b');
  });

  it.each([
    '',
    'x'.repeat(1025),
    'a\nb',
    'a\u0000',
    '\u0085',
    'a\ud800b',
    1,
    null,
    {},
  ])('takes %.20j for no text', (value) => {
    expect(textAt({ value }, 'value')).toBeUndefined();
  });

  it('takes any other characters for text', () => {
    expect(textAt({ ref: 'größe/♥/😀/"x y"' }, 'ref')).toBe('größe/♥/😀/"x y"');
  });

  it.each([-1, 1.5, 2 ** 53, Number.NaN, '1', null])('takes %j for no number', (value) => {
    expect(numberAt({ value }, 'value')).toBeUndefined();
  });

  it('answers a number in digits, zero included', () => {
    expect([numberAt({ n: 0 }, 'n'), numberAt({ n: 2 ** 53 - 1 }, 'n')]).toEqual(['0', '9007199254740991']);
  });

  it('finds no items in what is no list, and no object in a list', () => {
    expect(itemsAt({ list: { length: 1, 0: 'x' } }, 'list')).toEqual([]);
    expect(hasObjectAt({ list: [] }, 'list')).toBe(false);
  });
});
