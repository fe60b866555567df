import { execFile } from 'node:child_process';
import { resolve } from 'node:path';

/** What a command has printed, and its exit code. */
export interface CommandRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a built command (`npm run build` first) as `npm run <name> -- <args>` does, in a process of its own. */
export const runCommand = (name: string, ...args: readonly string[]): Promise<CommandRun> =>
  new Promise((done) => {
    const script = resolve(import.meta.dirname, `../../dist/local/${name}.js`);
    execFile(process.execPath, [script, ...args], { maxBuffer: 64 << 20 }, (fault, stdout, stderr) => {
      const code = fault === null ? 0 : typeof fault.code === 'number' ? fault.code : -1;
      done({ code, stdout, stderr });
    });
  });
