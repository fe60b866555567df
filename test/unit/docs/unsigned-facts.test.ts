import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtInProviders } from '../../../src/providers/built-in.js';

const page = readFileSync(join(import.meta.dirname, '../../../docs/security.md'), 'utf8');
const [, block = ''] = /<!-- unsigned -->\n([\s\S]*?)\n<!-- \/unsigned -->/.exec(page) ?? [];
const rows = new Map(block.split('\n').map((row) => [/^- `([a-z-]+)`:/.exec(row)?.[1] ?? '', row]));

/** A token or a password says who sent it, and covers nothing. */
const coversNothing = builtInProviders.filter(({ signing }) =>
  signing.every(({ kind }) => kind === 'token' || kind === 'basic'),
);

describe('what docs/security.md says is not signed', () => {
  it('is said of every provider', () => {
    expect([...rows.keys()].filter((name) => name !== '')).toEqual(builtInProviders.map(({ name }) => name));
  });

  it.each(coversNothing.map(({ name }) => name))('is everything of %s', (name) => {
    expect(rows.get(name)).toMatch(/^- `[a-z-]+`: everything/);
  });
});
