import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from './pages.js';

const page = readFileSync(join(projectRoot, 'docs/architecture.md'), 'utf8');
const [, table = ''] = /<!-- folders -->([\s\S]*?)<!-- \/folders -->/.exec(page) ?? [];

it('docs/architecture.md says of every folder of src what it holds, and of no other', () => {
  const named = [...table.matchAll(/^\| `(src\/[\w-]+)\/` \|/gm)].map(([, folder = '']) => folder);

  expect(named.toSorted()).toEqual(
    globSync('src/*', { cwd: projectRoot, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `src/${name}`)
      .toSorted(),
  );
});
