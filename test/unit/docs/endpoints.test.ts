import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withEndpointTable } from '../../../scripts/tables/endpoint-table.js';
import { type HttpEndpoint, httpEndpoints } from '../../../src/composition/endpoints.js';
import { projectRoot } from './pages.js';

const page = readFileSync(join(projectRoot, 'docs/http.md'), 'utf8');
const endpoints: readonly HttpEndpoint[] = httpEndpoints;

it('docs/http.md lists the endpoints that the table has', () => {
  expect(withEndpointTable(page)).toBe(page);
  expect(page.match(/^\| `[A-Z]+ \/api\//gm)).toHaveLength(endpoints.length);
});

it.each(endpoints)('docs/http.md says who may ask $route', ({ route, access }) => {
  const row = page.split('\n').find((line) => line.includes(`/api/${route}\` |`));

  expect(row?.includes('| function key')).toBe(access === 'key' || access === 'operator');
  expect(row?.includes('admin token |')).toBe(access === 'operator');
});
