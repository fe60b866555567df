import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { namedTestsIn, titlesIn } from './named-tests.js';

const root = join(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/req-009.md'), 'utf8');

const links = [...page.matchAll(/\[[^\]]+\]\(([^)]+)\)/g)].map(([, target = '']) => join('docs', target));

const namedTests = namedTestsIn(page);

/** The rows of every table, without heads. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
  .filter((line) => !/^\| (clause|service|note) \|/.test(line));

describe('REQ-009 page', () => {
  it('names only files that exist', () => {
    expect(links.filter((target) => !existsSync(join(root, target)))).toEqual([]);
  });

  it('shows each link under the path it leads to', () => {
    const wrong = [...page.matchAll(/\[`([^`]+)`\]\(\.\.\/([^)]+)\)/g)].filter(([, text, target]) => text !== target);

    expect(wrong).toEqual([]);
  });

  it.each(namedTests)('$file has a test called "$name"', ({ file, name }) => {
    expect(titlesIn(file)).toContain(name);
  });

  it('holds every clause by at least one test', () => {
    const held = rows.filter((row) => namedTests.some(({ name }) => row.includes(`"${name}"`)));

    expect(rows.filter((row) => !held.includes(row))).toEqual([]);
    expect(rows.length).toBeGreaterThanOrEqual(17);
  });

  it('every quoted name is one that was checked', () => {
    const quoted = [...page.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name);

    expect(quoted).toEqual(namedTests.map(({ name }) => name));
  });
});
