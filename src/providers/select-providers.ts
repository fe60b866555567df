import { builtInProviders } from './built-in.js';
import type { Provider } from './provider.js';

/**
 * The providers that are switched on, by the name in the route, whose case Azure ignores; `undefined` for any other. `own` are
 * those of `providers.json`. Throws `RangeError` when `names` holds one that does not exist.
 */
export const createProviderLookup = (
  names: readonly string[],
  own: readonly Provider[] = [],
): ((name: string) => Provider | undefined) => {
  const existing = new Map([...builtInProviders, ...own].map((provider) => [provider.name, provider]));
  const unknown = names.filter((name) => !existing.has(name));
  if (unknown.length > 0) {
    throw new RangeError(`PROVIDERS names ${unknown.join(', ')}; there are ${[...existing.keys()].join(', ')}`);
  }
  const selected = new Set(names);
  return (name) => {
    const known = name.toLowerCase();
    return selected.has(known) ? existing.get(known) : undefined;
  };
};
