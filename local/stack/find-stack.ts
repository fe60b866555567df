import { createControlClient } from './control-client.js';
import { readStackRecord, type StackRecord } from './stack-record.js';

/** What a state directory says about its stack. `stale`: the stack ended without taking its record away. */
export type FoundStack =
  | { readonly kind: 'running'; readonly record: StackRecord }
  | { readonly kind: 'stale'; readonly record: StackRecord }
  | { readonly kind: 'none' };

/** Whether a process of this id runs, whoever's it is. */
export const isProcessAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    return fault instanceof Error && 'code' in fault && fault.code === 'EPERM';
  }
};

const isTimeout = (fault: unknown): boolean => fault instanceof Error && fault.name === 'TimeoutError';

/** The process id may have been given to another program since, so the stack has to answer; a busy one may be late. */
const isRunning = async (record: StackRecord): Promise<boolean> => {
  if (!isProcessAlive(record.pid)) return false;
  try {
    await createControlClient(record.control).status();
    return true;
  } catch (fault) {
    return isTimeout(fault);
  }
};

/** Looks for the stack of a state directory. */
export const findStack = async (stateDirectory: string): Promise<FoundStack> => {
  const record = await readStackRecord(stateDirectory);
  if (record === undefined) return { kind: 'none' };
  return { kind: (await isRunning(record)) ? 'running' : 'stale', record };
};
