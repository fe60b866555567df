import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

export interface LoggedChildOptions {
  readonly script: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What it prints is added here. */
  readonly logFile: string;
  /** The `kind` of the message by which it says that it is ready. */
  readonly readyKind: string;
}

/** A process of its own that writes to a file and ends with this one. */
export interface LoggedChild {
  /** What it said when it was ready. */
  readonly message: object;
  readonly exited: Promise<void>;
  signal(name: 'SIGTERM' | 'SIGKILL'): void;
}

const startTimeoutMs = 120_000;

const spawnWithLog = ({ script, args, environment, logFile }: LoggedChildOptions): ChildProcess => {
  const log = openSync(logFile, 'a');
  try {
    return spawn(process.execPath, [script, ...args], {
      stdio: ['ignore', log, log, 'ipc'],
      env: { ...environment },
      // Ctrl-C reaches the command alone, which then ends its children in their order; without it the channel ends them.
      detached: true,
    });
  } finally {
    closeSync(log);
  }
};

const isReady = (message: unknown, kind: string): message is object =>
  typeof message === 'object' && message !== null && 'kind' in message && message.kind === kind;

const endOf = async ({ script, logFile }: LoggedChildOptions, why: string): Promise<Error> => {
  const printed = await readFile(logFile, 'utf8').catch(() => '');
  return new Error(`${script} ${why}:\n${printed.slice(-2_000)}`);
};

/** Starts a built script (`npm run build` first) and resolves once it says that it is ready. */
export const startLoggedChild = async (options: LoggedChildOptions): Promise<LoggedChild> => {
  const child = spawnWithLog(options);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const ready = Promise.withResolvers<object>();
  child.on('message', (message) => isReady(message, options.readyKind) && ready.resolve(message));
  const fail = async (why: string): Promise<void> => ready.reject(await endOf(options, why));
  const timer = setTimeout(() => void fail('was not ready in time'), startTimeoutMs);
  void exited.then(() => fail('ended while it started'));
  try {
    const message = await ready.promise;
    return { message, exited, signal: (name) => void child.kill(name) };
  } catch (fault) {
    child.kill('SIGKILL');
    throw fault;
  } finally {
    clearTimeout(timer);
  }
};
