import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findProjectRoot } from '../project-root.js';
import { blobConnectionString } from './blob-connection-string.js';
import { BlobStorageStartError } from './blob-storage-start-error.js';

export interface BlobStorageOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Where blobs survive a restart; absent keeps them in memory, which suits a test. */
  readonly stateDirectory?: string;
}

/** A running local blob service. */
export interface BlobStorage {
  readonly port: number;
  readonly connectionString: string;
  readonly pid: number;
  /** Resolves when its process has ended, for whatever reason. */
  readonly exited: Promise<void>;
  /** Saves and stops. */
  close(): Promise<void>;
  /** Stops at once, as a crash would: Azurite saves its index every five seconds, so younger writes may be gone. */
  kill(): Promise<void>;
}

const startTimeoutMs = 60_000;
const closeTimeoutMs = 30_000;
const listening = /successfully listens on http:\/\/127\.0\.0\.1:(\d+)/;

/** Azurite is large: Node.js keeps what it has compiled of it beside the packages. */
const withCompileCache = (root: string): NodeJS.ProcessEnv => ({
  NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/node-compile'),
  ...process.env,
});

const spawnAzurite = ({ port, stateDirectory }: BlobStorageOptions): ChildProcess => {
  const root = findProjectRoot(import.meta.dirname);
  return spawn(
    process.execPath,
    [
      join(root, 'dist/local/azurite.cjs'),
      ...['--silent', '--skipApiVersionCheck', '--disableTelemetry'],
      ...['--blobHost', '127.0.0.1', '--blobPort', String(port)],
      ...(stateDirectory === undefined ? ['--inMemoryPersistence'] : ['--location', stateDirectory]),
    ],
    // A process group of its own: Ctrl-C reaches the parent alone, which stops things in order.
    { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], detached: true, env: withCompileCache(root) },
  );
};

const startError = (port: number, output: string): BlobStorageStartError =>
  output.includes('EADDRINUSE')
    ? new BlobStorageStartError('EADDRINUSE', port, `Blob Storage: port ${port} on 127.0.0.1 is taken`)
    : new BlobStorageStartError('start-failed', port, `Blob Storage did not start: ${output.trim().slice(-500)}`);

const whenListening = (child: ChildProcess, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      const waited = `Blob Storage did not listen within ${startTimeoutMs} ms`;
      reject(new BlobStorageStartError('start-timeout', port, waited));
    }, startTimeoutMs);
    const onOutput = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
      const found = listening.exec(output);
      if (found === null) return;
      clearTimeout(timer);
      child.stdout?.off('data', onOutput).resume();
      child.stderr?.off('data', onOutput).resume();
      resolve(Number(found[1]));
    };
    child.stdout?.on('data', onOutput);
    child.stderr?.on('data', onOutput);
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(timer);
      reject(startError(port, output));
    });
  });

const end = (child: ChildProcess, ask: () => void): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    const timer = setTimeout(() => child.kill('SIGKILL'), closeTimeoutMs);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    ask();
  });

/**
 * Starts Azurite's blob service on 127.0.0.1 and resolves once it listens. It ends with this process, however that ends.
 * Throws `BlobStorageStartError`: `EADDRINUSE` when the port is taken.
 */
export const startBlobStorage = async (options: BlobStorageOptions): Promise<BlobStorage> => {
  if (options.stateDirectory !== undefined) await mkdir(options.stateDirectory, { recursive: true });
  const child = spawnAzurite(options);
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  const port = await whenListening(child, options.port);
  return {
    port,
    connectionString: blobConnectionString(port),
    pid: child.pid ?? 0,
    exited,
    close: () => end(child, () => child.connected && child.send('shutdown')),
    kill: () => end(child, () => child.kill('SIGKILL')),
  };
};
