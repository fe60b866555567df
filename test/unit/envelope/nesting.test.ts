import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mostContainers, parsedNestsDeeperThan } from '../../../src/envelope/decode-payload.js';
import { nestsDeeperThan } from '../../../src/envelope/json-scan.js';

const limit = 8;

const parsed = (text: string) => ({
  bytes: Buffer.from(text),
  value: JSON.parse(text),
  mostContainers: mostContainers(text, Number.POSITIVE_INFINITY),
});

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('nesting of what has been parsed', () => {
  it('is that of the value', () => {
    expect(parsedNestsDeeperThan(parsed(nested(limit)), limit)).toBe(false);
    expect(parsedNestsDeeperThan(parsed(nested(limit + 1)), limit)).toBe(true);
    expect(parsedNestsDeeperThan(parsed(`[${nested(2)},${nested(limit)}]`), limit)).toBe(true);
    expect(parsedNestsDeeperThan(parsed('"text"'), limit)).toBe(false);
  });

  it('counts what a repeated name hides from the value', () => {
    expect(parsedNestsDeeperThan(parsed(`{"a":${nested(limit)},"a":1}`), limit)).toBe(true);
    expect(parsedNestsDeeperThan(parsed(`{"a":${nested(limit - 1)},"a":1}`), limit)).toBe(false);
  });

  it('counts no brackets inside texts, however many', () => {
    expect(parsedNestsDeeperThan(parsed(JSON.stringify({ a: '[{'.repeat(100) })), limit)).toBe(false);
  });

  it('is found whatever white space stands before the brackets', () => {
    for (const space of [' ', '\n', '\r', '\t', '']) {
      const text = `${space}[${space}{"a":${space}[${space}[],${space}{}]}]`;

      expect(mostContainers(text, 1_000)).toBe(5);
      expect(parsedNestsDeeperThan(parsed(text), 3)).toBe(true);
    }
  });

  it('is what going through the text says, repeated names and brackets in texts included', () => {
    const { json } = fc.letrec<{ json: string }>((tie) => ({
      json: fc.oneof(
        { depthSize: 'large', withCrossShrink: true },
        fc.constantFrom('1', '"[{["', '"\\"]}"', 'null', '{}', '[]'),
        fc.array(tie('json'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
        fc.array(tie('json'), { maxLength: 3 }).map((items) => `{${items.map((item) => `"a":${item}`).join(',')}}`),
      ),
    }));

    fc.assert(
      fc.property(json, fc.integer({ min: 1, max: limit }), (text, most) => {
        expect(parsedNestsDeeperThan(parsed(text), most)).toBe(nestsDeeperThan(Buffer.from(text), most));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the most containers of a text', () => {
  it('are all that it has, and no bracket inside a string that could not open one', () => {
    const text = JSON.stringify({ url: 'https://api.github.com/keys{/key_id}', list: [{}, [[]], 'x[0]'] });

    expect(mostContainers(text, 1_000)).toBe(5);
  });

  it('are counted no further than asked', () => {
    expect(mostContainers('[{},{},[],[]]', 3)).toBe(3);
  });
});
