import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { pages, projectRoot } from './pages.js';

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')));

const withoutCode = (text: string): string => text.replaceAll(/^```[\s\S]*?^```/gm, '');

/** As GitHub names a heading: lower case, spaces to hyphens, punctuation left out. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');

const anchorsOf = (path: string): readonly string[] =>
  [...withoutCode(readFileSync(join(projectRoot, path), 'utf8')).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    anchorOf(heading),
  );

/** Links within the tree whose file or heading is not there. */
const brokenLinks = (path: string, text: string): readonly string[] =>
  [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : join(dirname(path), file);
      if (!existsSync(join(projectRoot, target))) return true;
      return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).includes(anchor);
    });

/** Paragraphs, items of lists and rows of tables that are long enough to be a statement of their own. */
const blocksOf = (text: string): readonly string[] =>
  withoutCode(text)
    .split(/\n\n|\n(?=\|)|\n(?=- )/)
    .map((block) => block.trim().replaceAll(/\s+/g, ' '))
    .filter((block) => block.length > 100);

describe.each(pages)('$path', ({ path, text }) => {
  it('has no link that leads nowhere', () => {
    expect(brokenLinks(path, text)).toEqual([]);
  });

  it('names no npm script that does not exist', () => {
    const named = [...text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name = '']) => name);

    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it('names no test file that does not exist', () => {
    const named = [...text.matchAll(/test\/[\w/-]+\.test\.ts/g)].map(([file]) => file);

    expect(named.filter((file) => !existsSync(join(projectRoot, file)))).toEqual([]);
  });

  it('says nothing that another page says in the same words', () => {
    const elsewhere = new Set(pages.filter((page) => page.path !== path).flatMap((page) => blocksOf(page.text)));

    expect(blocksOf(text).filter((block) => elsewhere.has(block))).toEqual([]);
  });
});

it('docs/README.md says of every page who reads it', () => {
  const index = pages.find(({ path }) => path === 'docs/README.md')?.text ?? '';
  const named = pages.map(({ path }) => path).filter((path) => /^docs\/(?!README)/.test(path));

  expect(named.filter((path) => !index.includes(`](${path.slice('docs/'.length)})`))).toEqual([]);
});
