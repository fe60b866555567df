import { join, resolve } from 'node:path';
import { findProjectRoot } from '../../project-root.js';
import { findStack } from '../../stack/find-stack.js';
import type { StackRecord } from '../../stack/stack-record.js';
import { CommandError } from '../terminal/command-error.js';
import type { CommandOptions } from '../terminal/run-command.js';

/** The option of every command that works with a stack: which one, when there are several. */
export const stateOption = {
  state: { type: 'string', value: 'folder', help: 'where the stack keeps its state (default: .local)' },
} as const satisfies CommandOptions;

/** Where a stack's state is: as given, seen from the working directory, else `.local` of this project. */
export const stateDirectoryFor = (given: string | undefined): string =>
  given === undefined ? join(findProjectRoot(import.meta.dirname), '.local') : resolve(given);

/** The running stack of a state directory. Throws `CommandError` saying how to start it. */
export const requireStack = async (stateDirectory: string): Promise<StackRecord> => {
  const found = await findStack(stateDirectory);
  switch (found.kind) {
    case 'running':
      return found.record;
    case 'stale':
      throw new CommandError(
        `The local stack (process ${found.record.pid}) has ended without saying so`,
        'Start it again in another terminal: npm start',
      );
    case 'none':
      throw new CommandError(
        'The local stack is not running',
        'Start it in another terminal: npm start',
        'A stack started with --state <folder> is found with the same option',
      );
  }
};
