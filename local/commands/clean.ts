import { existsSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findClaim } from '../stack/claim-state.js';
import { stateDirectoryFor, stateOption } from './stack/state-option.js';
import { CommandError } from './terminal/command-error.js';
import { type CommandDescription, type CommandInput, type CommandOptions, runCommand } from './terminal/run-command.js';

const options = { ...stateOption } as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Removes everything that the local stack has kept: payloads, messages, secrets.',
  usage: ['npm run clean'],
  options,
};

/** What a stack keeps; anything else in the folder is somebody else's and stays. */
const ours = ['blob-storage', 'service-bus', 'key-vault', 'functions-host', 'extra-ca.pem', 'stack.json', 'stack.pid'];

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
  await Promise.all(ours.map((name) => rm(join(stateDirectory, name), { recursive: true, force: true })));
  const isGone = await rmdir(stateDirectory).then(
    () => true,
    () => false,
  );
  console.log(isGone ? `Removed ${stateDirectory}` : `Removed the stack's state from ${stateDirectory}`);
  return 0;
};

await runCommand(description, clean);
