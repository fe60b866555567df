import fc from 'fast-check';

const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 3 });

const number = fc.oneof(
  fc.constantFrom('1e400', '-1E+400', '820982911946154508', '-0', '-0.0', '1.10', '1E+3', '0.1e-7', '1e-400', '0e0'),
  fc.bigInt().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
);

const character = fc.oneof(
  fc.constantFrom(
    '\\u0000',
    '\\uD800',
    '\\udc00',
    '\\uD83d\\uDE00',
    '\\/',
    '/',
    '\\"',
    '\\\\',
    '\\b',
    '\\u001B',
    '\\u001b',
  ),
  fc.constantFrom('{', '}', '[', ']', ',', ':', '\u2028', '\u007f', '♥', '😀', '"data":'.replaceAll('"', '\\"')),
  fc.string({ unit: 'grapheme', maxLength: 4 }).map((text) => JSON.stringify(text).slice(1, -1)),
);

const text = fc.array(character, { maxLength: 6 }).map((parts) => `"${parts.join('')}"`);

const name = fc.oneof(
  fc.constantFrom(
    '"data"',
    '"data_base64"',
    '"d\\u0061ta"',
    '"__proto__"',
    '"constructor"',
    '""',
    '"id"',
    '"specversion"',
  ),
  text,
);

const spaced = (inner: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(space, inner, space).map((parts) => parts.join(''));

const { value } = fc.letrec<{ value: string }>((tie) => {
  const member = fc.tuple(spaced(name), spaced(tie('value'))).map((parts) => parts.join(':'));
  return {
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('null', 'true', 'false'),
      number,
      text,
      fc.array(spaced(tie('value')), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
      fc.array(member, { maxLength: 4 }).map((members) => `{${members.join(',')}}`),
      fc.tuple(member, member).map(([one, other]) => `{${one},${other},${one}}`),
    ),
  };
});

const level = fc.constantFrom(
  { open: '[', close: ']' },
  { open: '{"data":', close: '}' },
  { open: '{"a":1, "__proto__" :\n', close: '\t}' },
);

const deep = fc
  .tuple(fc.array(level, { minLength: 100, maxLength: 128 }), fc.constantFrom('1', '"["', '1e400'))
  .map(([levels, core]) => levels.reduce<string>((inner, { open, close }) => `${open}${inner}${close}`, core));

/**
 * JSON text as a hostile but lawful sender writes it: numbers no double holds, every spelling of an escape, lone surrogates,
 * repeated and dangerous names, white space wherever it may stand, nesting up to 128 levels.
 */
export const jsonText: fc.Arbitrary<string> = spaced(
  fc.oneof({ weight: 5, arbitrary: value }, { weight: 1, arbitrary: deep }),
);
