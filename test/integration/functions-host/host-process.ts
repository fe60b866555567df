import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

export const fixture = (name: string): string => `${root}test/fixtures/functions-host/${name}`;

/** A directory below `node_modules`, where bundles find their external packages and nothing else looks. */
export const scratchDirectory = async (): Promise<string> => {
  const directory = `${root}node_modules/.cache/functions-host-tests/${process.pid}-${performance.now()}`;
  await mkdir(directory, { recursive: true });
  return directory;
};

export interface HostAnnouncement {
  readonly kind: 'functions-host-ready' | 'functions-host-failed';
  readonly port?: number;
  readonly url?: string;
  readonly functions?: readonly Readonly<Record<string, unknown>>[];
  readonly code?: string;
  readonly message?: string;
  readonly workerPid?: number;
}

export interface HostProcess {
  readonly announcement: HostAnnouncement;
  readonly port: number;
  readonly url: string;
  readonly child: ChildProcess;
  output(): string;
  /** Resolves when the output holds `text`. */
  printed(text: string): Promise<void>;
  /** Asks the host to end and answers its exit code. */
  end(): Promise<number | null>;
  /** Waits for the host to end by itself and answers its exit code. */
  ended(): Promise<number | null>;
}

export interface HostProcessOptions {
  readonly app: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the host as it is built for people (`npm run build` first) on a fixture app, in a process of its own. */
export const startHostProcess = async ({
  app,
  args = ['--port', '0'],
  env,
}: HostProcessOptions): Promise<HostProcess> => {
  const child = fork(`${root}dist/local/functions-host.js`, ['--app', app, ...args], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk));
  // All that it printed has been read, too.
  const exited = Promise.all([once(child, 'exit'), child.stdout && once(child.stdout, 'close')]);
  const announced: Promise<HostAnnouncement[]> = Promise.race([
    once(child, 'message'),
    exited.then(() => Promise.reject(new Error(`The host ended at once:\n${output}`))),
  ]);
  const [announcement] = await announced;
  if (announcement === undefined) throw new Error('The host announced nothing');
  return {
    announcement,
    port: announcement.port ?? 0,
    url: announcement.url ?? '',
    child,
    output: () => output,
    printed: async (text) => {
      const printed = (): Promise<unknown> =>
        Promise.race([once(child.stdout ?? child, 'data'), once(child.stderr ?? child, 'data'), exited]);
      while (!output.includes(text)) await printed();
    },
    end: async () => {
      child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
    ended: async () => {
      await exited;
      return child.exitCode;
    },
  };
};

/** Writes bytes to a fresh connection, keeps it open, and answers all that came back until the host ended it. */
export const sendRaw = async (port: number, ...writes: readonly (string | Buffer)[]): Promise<string> => {
  const socket = createConnection(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => (received += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  for (const bytes of writes) socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  await once(socket, 'close');
  return received;
};
