import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Provider } from '../../../src/providers/provider.js';
import { describeProblems } from '../../../src/settings/problem.js';
import { readProviders } from '../../../src/settings/read-providers.js';
import { CommandError } from '../terminal/command-error.js';

/** Where the senders of one's own are described: `PROVIDERS_CONFIG` as seen from the project's root. */
export const providersFile = (root: string, providersConfig: string | undefined): string =>
  resolve(root, providersConfig?.trim() || 'providers.json');

/** The senders of that file; none without it. Throws `CommandError` with every problem. */
export const loadOwnProviders = (path: string): { readonly text: string; readonly providers: readonly Provider[] } => {
  if (!existsSync(path)) return { text: '{"providers":{}}', providers: [] };
  const text = readFileSync(path, 'utf8');
  const reading = readProviders(text);
  if (reading.ok) return { text, providers: reading.providers };
  throw new CommandError(`${path} is wrong:\n${describeProblems(reading.problems)}`);
};
