import type { AppFunction, HttpFunction } from './app-functions.js';
import type { RouteTable } from './routes/route-table.js';

/** What a developer should know of an app that is served all the same. */
export function* notesOn(functions: readonly AppFunction[], routes: RouteTable<HttpFunction>): Generator<string> {
  for (const one of functions) {
    if (one.kind !== 'other') continue;
    const { name, why } = one;
    yield `'${name}' ${why}. Run it by hand: POST /admin/functions/${name}`;
  }
  for (const { preferred, other } of routes.decidedOtherwiseInAzure()) {
    yield `'${preferred}' and '${other}' can answer the same request. Here '${preferred}' does; Azure tries functions in the order of their names.`;
  }
}
