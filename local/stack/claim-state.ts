import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isProcessAlive } from './find-stack.js';

/** Whether this process may use a state directory, or which other one does. */
export type Claim =
  | { readonly kind: 'claimed'; release(): Promise<void> }
  | { readonly kind: 'held'; readonly pid: number }
  | { readonly kind: 'foreign'; readonly entries: readonly string[] };

/** What a stack keeps in its state directory. */
const entries = [
  'blob-storage',
  'service-bus',
  'key-vault',
  'functions-host',
  'extra-ca.pem',
  'stack.json',
  'stack.pid',
];

/** Says that a stack made what is in `entries`; a directory without it belongs to somebody else. */
const marker = '.breakwater-state';

/** Whether a stack made this state directory. */
export const isStateDirectory = (directory: string): boolean => existsSync(join(directory, marker));

/** Removes what a stack has made, the marker last; anything else stays. */
export const removeState = async (directory: string): Promise<void> => {
  await Promise.all(entries.map((name) => rm(join(directory, name), { recursive: true, force: true })));
  await rm(join(directory, marker));
};

/** What is in the way: names that a stack would use, in a directory that no stack has made. */
const foreignEntries = (directory: string): readonly string[] =>
  isStateDirectory(directory) ? [] : entries.filter((name) => existsSync(join(directory, name)));

/** When a process started, in ticks since boot, so that a process id given out again is told apart; empty where unknown. */
const startOf = async (pid: number): Promise<string> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
};

const holderOf = async (path: string): Promise<number | undefined> => {
  const [pid = '', start = ''] = (await readFile(path, 'utf8').catch(() => '')).split(' ');
  const holder = Number(pid);
  const isHeld = holder > 0 && isProcessAlive(holder) && (await startOf(holder)) === start;
  return isHeld ? holder : undefined;
};

const createFile = async (path: string, text: string): Promise<boolean> => {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'EEXIST') return false;
    throw fault;
  }
};

/** Who holds a state directory: a stack that runs, starts or stops. */
export const findClaim = (stateDirectory: string): Promise<number | undefined> =>
  holderOf(join(stateDirectory, 'stack.pid'));

/** Makes the state directory this process's own, so that two stacks never write the same files, nor one into somebody else's. */
export const claimState = async (stateDirectory: string): Promise<Claim> => {
  const foreign = foreignEntries(stateDirectory);
  if (foreign.length > 0) return { kind: 'foreign', entries: foreign };
  await mkdir(stateDirectory, { recursive: true });
  await writeFile(join(stateDirectory, marker), 'Made by the local stack of Breakwater. `npm run clean` removes it.\n');
  const path = join(stateDirectory, 'stack.pid');
  const text = `${process.pid} ${await startOf(process.pid)}`;
  if (!(await createFile(path, text))) {
    const holder = await holderOf(path);
    if (holder !== undefined) return { kind: 'held', pid: holder };
    await writeFile(path, text);
  }
  return { kind: 'claimed', release: () => rm(path, { force: true }) };
};
