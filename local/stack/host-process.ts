import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, type ChildExit, startChild } from './child.js';
import { funcKeeper } from './func-keeper.js';
import { localFunctionKey } from './local-secrets.js';

/** A running Functions host, ours or Core Tools. */
export interface HostProcess {
  readonly kind: 'built-in' | 'func';
  readonly url: string;
  readonly pid: number;
  readonly exited: Promise<ChildExit>;
  /** Lets running invocations end, then stops. */
  stop(): Promise<void>;
  kill(): void;
}

export interface HostOptions {
  /** The folder that holds host.json. */
  readonly root: string;
  /** For the built-in host 0 takes a free one; `func` needs a number. */
  readonly port: number;
  readonly enableAuth: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where the built-in host remembers its timers. */
  readonly stateDirectory: string;
  /** Gets what the host prints, line by line; absent: it prints where this process prints. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** Gives up starting. */
  readonly signal: AbortSignal;
}

/** The host ended, or stayed silent, before it could answer a request. */
export class HostStartError extends Error {
  override readonly name = 'HostStartError';
}

const startTimeoutMs = 120_000;
const stopTimeoutMs = 20_000;

/** How an end reads to people: `exit code 1`, `signal SIGKILL`. */
export const describeExit = ({ code, signal }: ChildExit): string =>
  signal === null ? `exit code ${code}` : `signal ${signal}`;

const endedEarly = async (child: Child): Promise<never> => {
  const exit = await child.exited;
  throw new HostStartError(`The Functions host ended while it started (${describeExit(exit)})`);
};

const tooLate = async (): Promise<never> => {
  await sleep(startTimeoutMs, undefined, { ref: false });
  throw new HostStartError(`The Functions host was not ready within ${startTimeoutMs / 1_000} s`);
};

const isReadyMessage = (message: unknown): message is { readonly url: string } =>
  typeof message === 'object' &&
  message !== null &&
  'kind' in message &&
  message.kind === 'functions-host-ready' &&
  'url' in message &&
  typeof message.url === 'string';

const readyUrl = (child: Child): Promise<string> =>
  new Promise((resolve) => {
    child.process.on('message', (message: unknown) => {
      if (isReadyMessage(message)) resolve(message.url);
    });
  });

const answersAt = async (url: string, isStopped: () => boolean): Promise<string> => {
  while (!isStopped()) {
    const reply = await fetch(`${url}/api/health/live`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    if (reply?.ok === true) return url;
    await sleep(250);
  }
  return url;
};

interface StartingHost {
  readonly kind: HostProcess['kind'];
  readonly child: Child;
  readonly ready: Promise<string>;
  readonly signal: AbortSignal;
}

const whenAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

const whenReady = async ({ kind, child, ready, signal }: StartingHost): Promise<HostProcess> => {
  try {
    const url = await Promise.race([ready, endedEarly(child), tooLate(), whenAborted(signal)]);
    const { pid, exited } = child;
    return { kind, url, pid, exited, stop: () => child.stop(stopTimeoutMs), kill: child.kill };
  } catch (fault) {
    await child.stop(signal.aborted ? stopTimeoutMs : 0);
    throw fault;
  }
};

/** Starts the built-in host from `script`. Throws `HostStartError`. */
export const startBuiltInHost = (script: string, options: HostOptions): Promise<HostProcess> => {
  const { root, port, enableAuth, environment, stateDirectory, signal, onLine } = options;
  const where = ['--app', root, '--port', String(port), '--state', stateDirectory];
  const args = [
    script,
    ...where,
    '--front',
    '--brief',
    ...(enableAuth ? ['--enable-auth', '--function-key', localFunctionKey] : []),
  ];
  const child = startChild({ command: process.execPath, args, cwd: root, environment, onLine });
  return whenReady({ kind: 'built-in', child, ready: readyUrl(child), signal });
};

/** Starts Core Tools. Throws `HostStartError`. */
export const startFunc = async (func: string, options: HostOptions): Promise<HostProcess> => {
  const { root, port, enableAuth, environment, signal, onLine } = options;
  const args = ['start', '--port', String(port), ...(enableAuth ? ['--enableAuth'] : [])];
  const child = startChild({ ...funcKeeper(func, args), cwd: root, environment, onLine });
  const isOver = (): boolean => signal.aborted || child.process.exitCode !== null || child.process.signalCode !== null;
  const ready = answersAt(`http://127.0.0.1:${port}`, isOver);
  return whenReady({ kind: 'func', child, ready, signal });
};
