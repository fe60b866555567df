import fc from 'fast-check';

const surrogates = { first: 0xd800, count: 0x800 };

/**
 * Any character, as the unit of `fc.string`: what fast-check has for it (`binary`) makes a table of all of them first, which takes a second
 * of each process.
 */
export const anyCharacter = fc.integer({ min: 0, max: 0x10_ffff - surrogates.count }).map(
  (at) => String.fromCodePoint(at < surrogates.first ? at : at + surrogates.count),
  (text) => {
    const at = typeof text === 'string' ? (text.codePointAt(0) ?? -1) : -1;
    if (at < 0 || String.fromCodePoint(at) !== text) throw new TypeError('No single character');
    return at < surrogates.first ? at : at - surrogates.count;
  },
);
