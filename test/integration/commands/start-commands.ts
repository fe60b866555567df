import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import type { CommandRun } from '../../support/run-command.js';

/** A process for many commands. */
export interface Commands {
  /** Runs a built command (`npm run build` first) as `runCommand` does, after those before it. */
  run(name: string, ...args: readonly string[]): Promise<CommandRun>;
  end(): void;
}

export const startCommands = (): Commands => {
  const child = fork(join(import.meta.dirname, 'commands-in-turn.ts'), { execArgv: [] });
  const gone = once(child, 'exit').then(() => Promise.reject(new Error('The process of the commands has ended')));
  gone.catch(() => undefined);
  const runNow = async (name: string, args: readonly string[]): Promise<CommandRun> => {
    const script = resolve(import.meta.dirname, `../../../dist/local/${name}.js`);
    child.send({ script, args, env: process.env });
    const [ran] = await Promise.race([once(child, 'message'), gone]);
    return ran;
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    run: (name, ...args) => {
      const ran = last.then(() => runNow(name, args));
      last = ran.catch(() => undefined);
      return ran;
    },
    end: () => void child.kill('SIGKILL'),
  };
};
