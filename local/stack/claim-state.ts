import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
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

/** One that is just being written is empty for a moment. */
const readClaim = async (path: string): Promise<string> => {
  const read = () => readFile(path, 'utf8').catch(() => undefined);
  const text = await read();
  if (text === '') await delay(100);
  return text || ((await read()) ?? '');
};

const holderOf = async (path: string): Promise<number | undefined> => {
  const [pid = '', start = ''] = (await readClaim(path)).split(' ');
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

/** Of several that find a stale claim at once, one moves it away; one that has moved a claim that is not stale puts it back. */
const removeStale = async (path: string): Promise<void> => {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT') return;
    throw fault;
  }
  if ((await holderOf(aside)) === undefined) await rm(aside);
  else await rename(aside, path);
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
  while (!(await createFile(path, text))) {
    const holder = await holderOf(path);
    if (holder !== undefined) return { kind: 'held', pid: holder };
    await removeStale(path);
  }
  return { kind: 'claimed', release: () => rm(path, { force: true }) };
};
