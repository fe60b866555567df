import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { cpuMsOfAll } from '../support/cpu-ms.js';
import type { BackendAddresses } from './backends.js';
import type { LoadOrder, LoadResult } from './load.js';

const start = (file: string, args: readonly string[]): ChildProcess =>
  fork(join(import.meta.dirname, file), [...args], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });

const messageOf = async <T>(child: ChildProcess): Promise<T> => {
  const [message]: T[] = await once(child, 'message');
  if (message === undefined) throw new Error('The process ended');
  return message;
};

/** The dependencies in a process of their own, so that their work is not taken for the apps'. */
export const startBackend = async (
  kind: 'null' | 'hanging' | 'emulators',
): Promise<{ readonly addresses: BackendAddresses; cpuMs(): number; close(): void }> => {
  const child = start('backends.ts', [kind]);
  return {
    addresses: await messageOf<BackendAddresses>(child),
    cpuMs: () => cpuMsOfAll(child.pid),
    close: () => child.disconnect(),
  };
};

/** The load generator in a process of its own. */
export interface LoadGenerator {
  run(order: LoadOrder): Promise<LoadResult>;
  close(): void;
}

export const startLoadGenerator = async (): Promise<LoadGenerator> => {
  const child = start('load.ts', []);
  await messageOf(child);
  return {
    run: (order) => {
      const result = messageOf<LoadResult>(child);
      child.send(order);
      return result;
    },
    close: () => child.disconnect(),
  };
};
