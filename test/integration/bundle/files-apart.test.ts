import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(join(root, `dist/functions/${file}.cjs`), 'utf8');

test.each([
  ['shared-breakers', 'circuit-breakers.json', './shared-breakers.cjs'],
  ['bursts', 'acceptNextSession', './bursts.cjs'],
  ['reconcile', 'private-token', './reconcile.cjs'],
])('%s: what is switched off is in a file of its own, which is read when it is on', (file, mark, path) => {
  const always = ['index', 'breakwater'].map(read);

  expect(read(file)).toContain(mark);
  expect(always.filter((text) => text.includes(mark))).toEqual([]);
  expect(always.some((text) => text.includes(path))).toBe(true);
});
