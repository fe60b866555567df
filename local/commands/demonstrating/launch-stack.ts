import { spawn } from 'node:child_process';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Variables } from '../../stack/host-environment.js';
import { readStackRecord, type StackRecord } from '../../stack/stack-record.js';
import { CommandError } from '../terminal/command-error.js';
import { demoBots } from './cast.js';
import { type DemoFiles, demoEnvironment } from './demo-environment.js';
import type { DemoSpeed } from './demo-speed.js';

/** A local stack in a process of its own, as `npm start` runs it, on free ports and in a folder of its own. */
export interface LaunchedStack {
  readonly record: StackRecord;
  readonly hostUrl: string;
  readonly stateDirectory: string;
  /** Where everything that it prints goes. */
  readonly logFile: string;
  /** Ends it; its folder is removed unless it is worth a look. */
  stop(keepState: boolean): Promise<void>;
}

const startTimeoutMs = 120_000;

const spawnStack = async (stateDirectory: string, logFile: string, environment: Variables) => {
  const log = await open(logFile, 'a');
  const script = join(import.meta.dirname, 'start.js');
  const child = spawn(
    process.execPath,
    [script, '--host', 'built-in', '--port', 'auto', '--settings', 'none', '--json', '--state', stateDirectory],
    // The channel tells the stack when this process is gone; a group of its own keeps Ctrl-C from ending it in mid-story.
    { stdio: ['ignore', log.fd, log.fd, 'ipc'], env: environment, detached: process.platform !== 'win32' },
  );
  const closed = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(1));
    child.once('close', resolve);
  }).finally(() => log.close());
  return { child, closed };
};

interface ReadyOptions {
  readonly logFile: string;
  readonly signal: AbortSignal;
}

export interface LaunchOptions {
  readonly speed: DemoSpeed;
  /** The user's own environment. */
  readonly user: Variables;
  readonly signal: AbortSignal;
}

type Spawned = Awaited<ReturnType<typeof spawnStack>>;

const whenReady = ({ child, closed }: Spawned, { logFile, signal }: ReadyOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    const fail = (what: string): void => reject(new CommandError(what, `What it printed: ${logFile}`));
    const timer = setTimeout(() => fail('The local stack was not ready in two minutes'), startTimeoutMs);
    const whenFirst = (how: () => void) => (): void => {
      clearTimeout(timer);
      how();
    };
    child.once('message', whenFirst(resolve));
    closed.then((code) => whenFirst(() => fail(`The local stack ended while it started (exit code ${code})`))());
    signal.addEventListener(
      'abort',
      whenFirst(() => reject(signal.reason)),
      { once: true },
    );
  });

const writeFiles = async (folder: string): Promise<DemoFiles> => {
  const files = { botsFile: join(folder, 'bots.json'), providersFile: join(folder, 'providers.json') };
  await writeFile(files.botsFile, JSON.stringify({ bots: demoBots }));
  await writeFile(files.providersFile, JSON.stringify({ providers: {} }));
  return files;
};

/** Starts it and resolves when its host answers. Throws `CommandError` naming the log, or the signal's reason. */
export const launchStack = async ({ speed, user, signal }: LaunchOptions): Promise<LaunchedStack> => {
  const folder = await mkdtemp(join(tmpdir(), 'breakwater-demo-'));
  const stateDirectory = join(folder, 'state');
  const logFile = join(folder, 'stack.log');
  const environment = demoEnvironment(user, await writeFiles(folder), speed);
  const spawned = await spawnStack(stateDirectory, logFile, environment);
  const stop = async (keepState: boolean): Promise<void> => {
    spawned.child.kill('SIGTERM');
    await spawned.closed;
    if (!keepState) await rm(folder, { recursive: true, force: true });
  };
  try {
    await whenReady(spawned, { logFile, signal });
    const record = await readStackRecord(stateDirectory);
    if (record?.host === undefined)
      throw new CommandError('The local stack has no host', `What it printed: ${logFile}`);
    return { record, hostUrl: record.host.url, stateDirectory, logFile, stop };
  } catch (fault) {
    await stop(!signal.aborted);
    throw fault;
  }
};
