import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { namedTestsIn, titlesIn } from './named-tests.js';

const root = join(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/reliability.md'), 'utf8');
const claims = /<!-- claims -->([\s\S]*?)<!-- \/claims -->/.exec(page)?.[1] ?? '';
const rows = claims.split('\n').filter((line) => /^\| (?!claim \||---)/.test(line));
const namedTests = namedTestsIn(claims);

describe('the claims of docs/reliability.md', () => {
  it('holds each claim by at least one test', () => {
    expect(rows.filter((row) => namedTestsIn(row).length === 0)).toEqual([]);
    expect(rows.length).toBeGreaterThanOrEqual(12);
  });

  it('links each file under the path it leads to', () => {
    const links = [...claims.matchAll(/\[`([^`]+)`\]\(([^)]+)\)/g)];

    expect(links.filter(([, text, target]) => `../${text}` !== target)).toEqual([]);
    expect(links.filter(([, , target = '']) => !existsSync(join(root, 'docs', target)))).toEqual([]);
  });

  it.each(namedTests)('$file has a test called "$name"', ({ file, name }) => {
    expect(titlesIn(file)).toContain(name);
  });

  it('every quoted title is one that was checked', () => {
    const quoted = [...claims.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name);

    expect(quoted).toEqual(namedTests.map(({ name }) => name));
  });
});
