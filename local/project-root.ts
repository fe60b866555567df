import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder that holds host.json, at or above `from`: the same for the sources and for what is built from them. */
export const findProjectRoot = (from: string): string => {
  const parent = dirname(from);
  if (parent === from || existsSync(join(from, 'host.json'))) return from;
  return findProjectRoot(parent);
};
