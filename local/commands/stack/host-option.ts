import { findFunc } from '../../stack/find-func.js';
import { CommandError } from '../terminal/command-error.js';
import type { CommandOptions } from '../terminal/run-command.js';

/** The option of every command that runs a Functions app. */
export const hostOption = {
  host: {
    type: 'string',
    value: 'which',
    default: 'auto',
    help: 'the Functions host: func, built-in, or auto (default)',
  },
} as const satisfies CommandOptions;

/** Which host to run: the path of `func`, or `undefined` for the built-in one. */
export const chooseHost = async (choice: string): Promise<string | undefined> => {
  if (choice === 'built-in') return undefined;
  if (choice !== 'auto' && choice !== 'func')
    throw new CommandError(`--host "${choice}" is none of func, built-in, auto`);
  const func = await findFunc(process.env['PATH']);
  if (func !== undefined || choice === 'auto') return func;
  throw new CommandError(
    'Azure Functions Core Tools 4 (func) are not on the PATH',
    'Install them: npm install --global azure-functions-core-tools@4',
    'Or use the built-in host: npm start -- --host built-in',
  );
};
