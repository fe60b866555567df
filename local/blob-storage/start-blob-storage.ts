import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { blobConnectionString } from './blob-connection-string.js';
import { BlobStorageStartError } from './blob-storage-start-error.js';
import { laterParts } from './later-parts.js';
import { quickIndex } from './quick-index.js';
import { quickRequests } from './quick-requests.js';
import { wholeUploads } from './whole-uploads.js';

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

/**
 * Runs before Azurite in its process: the channel to the parent closes however the parent ends, SIGKILL included, and
 * Azurite then saves and stops as when it is asked to. Nobody reads what it prints then: the failure to print must not end it
 * while it saves. Unreferenced, so that the channel alone keeps nothing alive.
 */
const endWithParent = `
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), ${closeTimeoutMs}).unref();
    for (const output of [process.stdout, process.stderr]) output.on('error', () => {});
    if (!process.emit('message', 'shutdown')) process.exit(0);
  });
  process.channel?.unref();`;

const importScript = (script: string): readonly string[] => [
  '--import',
  `data:text/javascript,${encodeURIComponent(script)}`,
];

/** Azurite is some hundred files: Node.js keeps what it has compiled of them beside the package (`node_modules/.cache`). */
const withCompileCache = (azurite: string): NodeJS.ProcessEnv => {
  const packages = azurite.slice(0, azurite.lastIndexOf('node_modules') + 'node_modules'.length);
  return { NODE_COMPILE_CACHE: join(packages, '.cache/node-compile'), ...process.env };
};

const spawnAzurite = ({ port, stateDirectory }: BlobStorageOptions): ChildProcess => {
  const azurite = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js');
  return spawn(
    process.execPath,
    [
      ...importScript(endWithParent),
      ...importScript(laterParts(azurite)),
      ...importScript(wholeUploads(azurite)),
      ...importScript(quickIndex(azurite)),
      ...importScript(quickRequests(azurite)),
      azurite,
      ...['--silent', '--skipApiVersionCheck', '--disableTelemetry'],
      ...['--blobHost', '127.0.0.1', '--blobPort', String(port)],
      ...(stateDirectory === undefined ? ['--inMemoryPersistence'] : ['--location', stateDirectory]),
    ],
    // A process group of its own: Ctrl-C reaches the parent alone, which stops things in order.
    { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], detached: true, env: withCompileCache(azurite) },
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
