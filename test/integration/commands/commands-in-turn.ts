import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import type { CommandRun } from '../../support/run-command.js';

/** What is to be run: a built command with its arguments, in an environment. */
export interface CommandCall {
  readonly script: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Runs commands for its parent, one after the other: what they have in common is read once. */
const printed = { stdout: '', stderr: '' };
let ended: (code: number) => void;
/** How often each script was run: what is read once more needs another address. */
const runs = new Map<string, number>();

// A command ends its process; this one stays until its parent ends it, whatever commands leave behind.
process.setMaxListeners(Number.POSITIVE_INFINITY);
const { exit } = process;
process.once('disconnect', () => exit());
setInterval(() => undefined, 60_000);

const put = (name: 'stdout' | 'stderr' | 'exit', value: unknown): void =>
  void Object.defineProperty(process, name, { value });

for (const name of ['stdout', 'stderr'] as const) {
  const write = (chunk: Buffer, _encoding: string, done: () => void): void => {
    printed[name] += chunk;
    done();
  };
  put(name, new Writable({ write }).setMaxListeners(Number.POSITIVE_INFINITY));
}
put('exit', (code: number) => ended(code));

const run = async ({ script, args, env }: CommandCall): Promise<CommandRun> => {
  const { promise: end, resolve } = Promise.withResolvers<number>();
  ended = resolve;
  Object.assign(printed, { stdout: '', stderr: '' });
  process.env = env;
  process.argv.splice(1, Number.POSITIVE_INFINITY, script, ...args);
  const before = runs.get(script) ?? 0;
  runs.set(script, before + 1);
  await import(`${pathToFileURL(script)}${before > 0 ? `?run=${before}` : ''}`);
  return { code: await end, ...printed };
};

process.on('message', async (call: CommandCall) => process.send?.(await run(call)));
