import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** How a child process ended. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child in a process group of its own: Ctrl-C at the terminal reaches the parent alone, which stops things in order. */
export interface Child {
  readonly pid: number;
  readonly process: ChildProcess;
  /** Resolves when it has ended; rejects when it could not be started. */
  readonly exited: Promise<ChildExit>;
  /** Asks it to end, and after `graceMs` ends it and all its children. Resolves when it has ended. */
  stop(graceMs: number): Promise<void>;
  /** Ends it and all its children at once. */
  kill(): void;
}

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Gets every line that it prints; absent: it prints where this process prints. */
  readonly onLine?: ((line: string) => void) | undefined;
}

const hasGroups = process.platform !== 'win32';

const lastLinesMs = 500;

const killGroup = (child: ChildProcess): void => {
  if (child.pid === undefined) return;
  try {
    if (hasGroups) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch {
    // Nothing is left of it.
  }
};

const whenExited = (child: ChildProcess): Promise<ChildExit> =>
  new Promise((resolve, reject) => {
    // Its last lines come after its end; a child of its own may hold the pipes open for longer.
    child.once('exit', (code, signal) => setTimeout(() => resolve({ code, signal }), lastLinesMs));
    child.once('close', (code, signal) => resolve({ code, signal }));
    child.once('error', reject);
  });

/** Lines as they come; what is left without an end when the child ends is a line too. */
const readLines = (stream: Readable | null, onLine: (line: string) => void): void => {
  if (stream !== null) createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine);
};

/** Starts a child that prints where this process prints, or hands its lines on, and has an IPC channel whose end tells it that its parent is gone. */
export const startChild = ({ command, args, cwd, environment, onLine }: ChildOptions): Child => {
  const output = onLine === undefined ? 'inherit' : 'pipe';
  const child = spawn(command, [...args], {
    cwd,
    env: { ...environment },
    stdio: ['ignore', output, output, 'ipc'],
    detached: hasGroups,
    windowsHide: true,
  });
  if (onLine !== undefined) for (const stream of [child.stdout, child.stderr]) readLines(stream, onLine);
  const exited = whenExited(child);
  const endWithParent = (): void => killGroup(child);
  process.once('exit', endWithParent);
  const forget = (): unknown => process.off('exit', endWithParent);
  exited.then(forget, forget);
  return {
    pid: child.pid ?? 0,
    process: child,
    exited,
    kill: () => killGroup(child),
    async stop(graceMs) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const timer = setTimeout(() => killGroup(child), graceMs);
      child.kill('SIGTERM');
      await exited.catch(() => {});
      clearTimeout(timer);
      killGroup(child);
    },
  };
};
