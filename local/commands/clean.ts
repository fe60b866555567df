import { existsSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { findClaim, isStateDirectory, removeState } from '../stack/claim-state.js';
import { stateDirectoryFor, stateOption } from './stack/state-option.js';
import { CommandError } from './terminal/command-error.js';
import { type CommandDescription, type CommandInput, type CommandOptions, runCommand } from './terminal/run-command.js';

const options = { ...stateOption } as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Removes everything that the local stack has kept: payloads, messages, secrets.',
  usage: ['npm run clean'],
  options,
};

const clean = async ({ values }: CommandInput<typeof options>): Promise<number> => {
  const stateDirectory = stateDirectoryFor(values.state);
  const holder = await findClaim(stateDirectory);
  if (holder !== undefined)
    throw new CommandError(
      `The local stack is running: process ${holder}`,
      `Stop it first, with Ctrl-C where it runs, or: kill ${holder}`,
    );
  if (!existsSync(stateDirectory)) {
    console.log(`Nothing to remove: there is no ${stateDirectory}`);
    return 0;
  }
  if (!isStateDirectory(stateDirectory))
    throw new CommandError(
      `${stateDirectory} was not made by a local stack: nothing was removed`,
      'Give the folder that the stack was started with: npm run clean -- --state <folder>',
    );
  await removeState(stateDirectory);
  const isGone = await rmdir(stateDirectory).then(
    () => true,
    () => false,
  );
  console.log(isGone ? `Removed ${stateDirectory}` : `Removed the stack's state from ${stateDirectory}`);
  return 0;
};

await runCommand(description, clean);
