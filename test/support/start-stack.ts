import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { type ControlClient, createControlClient } from '../../local/stack/control-client.js';
import { localAdminToken } from '../../local/stack/local-secrets.js';
import { readStackRecord } from '../../local/stack/stack-record.js';
import type { StandInName } from '../../local/stack/stand-ins.js';
import { lendVaultCertificate } from './lend-vault-certificate.js';

export interface StartStackOptions {
  /** Settings for the app and the host, beside this process's own environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The content of a bots file instead of the project's. */
  readonly bots?: unknown;
  /** Further arguments of `npm start`, such as `--enable-auth`. */
  readonly args?: readonly string[];
  /** State to start from and to keep; absent: an empty folder that `stop` removes. */
  readonly stateDirectory?: string;
}

/** The whole local stack in a process of its own, as a user starts it, on free ports. */
export interface RunningStack {
  readonly pid: number;
  readonly hostUrl: string;
  readonly blobConnectionString: string;
  readonly serviceBusConnectionString: string;
  readonly vaultUri: string;
  readonly vaultCaFile: string;
  readonly stateDirectory: string;
  readonly control: ControlClient;
  /** Everything that the stack and its host have printed. */
  output(): string;
  /** A fault as one would type it, e.g. `refuse`, `slow 500`, `none`. */
  setFault(name: StandInName, fault: string): Promise<void>;
  /** What an endpoint for operators answers to the admin token, e.g. `GET`, `reconcile`. */
  operate(method: 'GET' | 'POST', path: string): Promise<{ readonly status: number; readonly json: unknown }>;
  /** Stops it as Ctrl-C does; answers the exit code. Harmless when repeated. */
  stop(): Promise<number | null>;
}

const startScript = resolve(import.meta.dirname, '../../dist/local/start.js');
const startTimeoutMs = 200_000;
const stopTimeoutMs = 30_000;

/** Whatever the developer's own settings are, and with the log as machines read it. */
const asATest = ['--host', 'built-in', '--port', 'auto', '--settings', 'none', '--json'];

const spawnStack = (stateDirectory: string, options: StartStackOptions): ChildProcess =>
  spawn(process.execPath, [startScript, ...asATest, '--state', stateDirectory, ...(options.args ?? [])], {
    // The channel tells the stack when this process is gone, so that nothing is left behind. Ctrl-C reaches this process alone,
    // which may still have questions to the stack.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
    env: { ...process.env, ...options.environment },
  });

/** Whole lines only: the two streams of a process would else be mixed in the middle of one. */
const keepLines = (stream: Readable | null, keep: (lines: string) => void): void => {
  let begun = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    const text = begun + chunk;
    const end = text.lastIndexOf('\n') + 1;
    begun = text.slice(end);
    keep(text.slice(0, end));
  });
};

const whenReady = (child: ChildProcess, output: () => string): Promise<void> =>
  new Promise((ready, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`The stack was not ready within ${startTimeoutMs} ms:\n${output()}`));
    }, startTimeoutMs);
    child.once('message', () => {
      clearTimeout(timer);
      ready();
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      reject(new Error(`The stack ended with exit code ${code} while it started:\n${output()}`));
    });
  });

const whenClosed = (child: ChildProcess): Promise<number | null> =>
  new Promise((closed) => {
    child.once('close', (code) => closed(code));
  });

const withBots = async (options: StartStackOptions, stateDirectory: string): Promise<StartStackOptions> => {
  if (options.bots === undefined) return options;
  const file = join(stateDirectory, 'bots.json');
  await writeFile(file, JSON.stringify(options.bots));
  return { ...options, environment: { ...options.environment, BOTS_CONFIG: file } };
};

const makeStateDirectory = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'breakwater-stack-'));
  await lendVaultCertificate(directory);
  return directory;
};

/** Starts the built stack (`npm run build` first) and resolves once its host answers. */
export const startStack = async (options: StartStackOptions = {}): Promise<RunningStack> => {
  const stateDirectory = options.stateDirectory ?? (await makeStateDirectory());
  const child = spawnStack(stateDirectory, await withBots(options, stateDirectory));
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) keepLines(stream, (lines) => (printed += lines));
  const closed = whenClosed(child);
  const removeState = async (): Promise<void> => {
    if (options.stateDirectory === undefined) await rm(stateDirectory, { recursive: true, force: true });
  };
  await whenReady(child, () => printed).catch(async (fault: unknown) => {
    await removeState();
    throw fault;
  });
  const record = await readStackRecord(stateDirectory);
  if (record?.host === undefined) throw new Error(`The stack left no record:\n${printed}`);
  const control = createControlClient(record.control);

  return {
    pid: record.pid,
    hostUrl: record.host.url,
    blobConnectionString: record.blobStorage.connectionString,
    serviceBusConnectionString: record.serviceBus.connectionString,
    vaultUri: record.keyVault.vaultUri,
    vaultCaFile: record.keyVault.caFile,
    stateDirectory,
    control,
    output: () => printed,
    setFault: (name, fault) => control.setFault(name, fault),
    async operate(method, path) {
      const reply = await fetch(`${record.host?.url}/api/${path}`, {
        method,
        headers: { authorization: `Bearer ${localAdminToken}` },
        ...(method === 'POST' && { body: '{}' }),
      });
      return { status: reply.status, json: await reply.json() };
    },
    async stop() {
      const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
      child.kill('SIGTERM');
      const code = await closed;
      clearTimeout(timer);
      await removeState();
      return code;
    },
  };
};
