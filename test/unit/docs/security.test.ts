import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/security.md'), 'utf8');

/** The rows of every table, without heads. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| ---') && !line.startsWith('| threat |'));

/** Each test that a row names, with the file it is said to be in. */
const namedIn = (row: string): readonly { readonly file: string; readonly name: string }[] =>
  [...row.matchAll(/\[`(test\/[^`]+)`\]\([^)]+\): ((?:"[^"]+"(?:, )?)+)/g)].flatMap(([, file = '', names = '']) =>
    [...names.matchAll(/"([^"]+)"/g)].map(([, name = '']) => ({ file, name })),
  );

/** Every text that is followed by a test's function. */
const titlesIn = (file: string): readonly string[] => {
  const source = readFileSync(join(root, file), 'utf8');
  return [...source.matchAll(/\(\s*(['"])(.+?)\1,\s*(?:async )?\(/g)].map(([, , title = '']) => title);
};

describe('security page', () => {
  it.each(rows.flatMap(namedIn))('$file has a test called "$name"', ({ file, name }) => {
    expect(titlesIn(file)).toContain(name);
  });

  it('names a test for every threat', () => {
    expect(rows.filter((row) => namedIn(row).length === 0)).toEqual([]);
    expect(rows.length).toBeGreaterThanOrEqual(30);
  });

  it('every quoted title is one that was checked', () => {
    const quoted = rows.flatMap((row) => [...row.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name));

    expect(quoted).toEqual(rows.flatMap(namedIn).map(({ name }) => name));
  });

  it('links only to files that exist, each under its own path', () => {
    const links = [...page.matchAll(/\[([^\]]+)\]\(([^)#]+)\)/g)];
    const missing = links.filter(([, , target = '']) => !existsSync(join(root, 'docs', target)));
    const misnamed = links.filter(
      ([, text = '', target = '']) => /^`.*\.ts`$/.test(text) && `\`${target.slice(3)}\`` !== text,
    );

    expect([...missing, ...misnamed].map(([link]) => link)).toEqual([]);
  });
});
