import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Bot } from '../../../src/routing/bot.js';
import { describeProblems } from '../../../src/settings/problem.js';
import { readBots } from '../../../src/settings/read-bots.js';
import { CommandError } from '../terminal/command-error.js';

/** The bots of the file that `BOTS_CONFIG` names, seen from the project's root. Throws `CommandError` with every problem. */
export const loadBots = async (root: string, botsConfig: string | undefined): Promise<readonly Bot[]> => {
  const path = resolve(root, botsConfig === undefined || botsConfig.trim() === '' ? 'bots.json' : botsConfig.trim());
  const text = await readFile(path, 'utf8').catch((fault: unknown) => {
    const reason = fault instanceof Error ? fault.message : String(fault);
    throw new CommandError(`The bots file cannot be read: ${reason}`, 'Create it, or set BOTS_CONFIG to where it is');
  });
  const reading = readBots(text);
  if (reading.ok) return reading.bots;
  throw new CommandError(`${path} is wrong:\n${describeProblems(reading.problems)}`);
};
