import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { problemCatalogue } from '../../../src/http/problems.js';

const page = readFileSync(join(import.meta.dirname, '../../../docs/http.md'), 'utf8');

it('docs/http.md lists every problem code with its status, and no other', () => {
  const [, section = ''] = /<!-- problems -->([\s\S]*?)<!-- \/problems -->/.exec(page) ?? [];
  const rows = [...section.matchAll(/^\| (\d{3}) \| `(\w+)` \|/gm)].map(([, status, code]) => [code, Number(status)]);

  expect(Object.fromEntries(rows)).toEqual(
    Object.fromEntries(Object.entries(problemCatalogue).map(([code, { status }]) => [code, status])),
  );
});
