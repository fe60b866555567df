import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { endpoints } from '../../../functions/endpoints.js';
import { projectRoot } from './pages.js';

const page = readFileSync(join(projectRoot, 'docs/http.md'), 'utf8');
const routes = endpoints.flatMap((endpoint) => (endpoint.trigger === 'http' ? [endpoint] : []));

it('docs/http.md names every route there is, and no other', () => {
  const named = [...page.matchAll(/`(?:[A-Z]+ )?\/api\/([^`?]+)[^`]*`/g)].map(([, route = '']) => route);

  expect([...new Set(named)].toSorted()).toEqual(routes.map(({ route }) => route).toSorted());
});

it.each(routes.filter(({ authLevel }) => authLevel === 'function'))('docs/http.md says that $route asks for a key', ({
  route,
}) => {
  const row = page.split('\n').find((line) => line.startsWith('| `') && line.includes(`/api/${route}\``));

  expect(row).toContain('| function key');
});
