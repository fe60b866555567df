import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Provider } from '../../../providers/provider.js';
import { describeProblems } from '../../../settings/describe-problems.js';
import { readProviders } from '../../../settings/read-providers.js';
import { CommandError } from '../terminal/command-error.js';

/**
 * The senders of the file that `PROVIDERS_CONFIG` names, seen from the project's root; none without the file. Throws
 * `CommandError` with every problem.
 */
export const loadOwnProviders = (root: string, providersConfig: string | undefined): readonly Provider[] => {
  const path = resolve(root, providersConfig?.trim() || 'providers.json');
  if (!existsSync(path)) return [];
  const reading = readProviders(readFileSync(path, 'utf8'));
  if (reading.ok) return reading.providers;
  throw new CommandError(`${path} is wrong:\n${describeProblems(reading.problems)}`);
};
