import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');

/** A test that a page names, with the file it is said to be in. */
export interface NamedTest {
  readonly file: string;
  readonly name: string;
}

/** What a page names as [`test/…`](…): "one title", "another". */
export const namedTestsIn = (page: string): readonly NamedTest[] =>
  [...page.matchAll(/\[`(test\/[^`]+)`\]\([^)]+\): ((?:"[^"]+"(?:, )?)+)/g)].flatMap(([, file = '', names = '']) =>
    [...names.matchAll(/"([^"]+)"/g)].map(([, name = '']) => ({ file, name })),
  );

/** Every text in a test file that is followed by a test's function. */
export const titlesIn = (file: string): readonly string[] => {
  const source = readFileSync(join(root, file), 'utf8');
  return [...source.matchAll(/\(\s*(['"])(.+?)\1,\s*(?:async )?\(/g)].map(([, , title = '']) => title);
};
