import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { holderOf, takeClaim } from './claim-file.js';

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
  const claims = (await readdir(directory)).filter((name) => name.startsWith('stack.pid.'));
  await Promise.all([...entries, ...claims].map((name) => rm(join(directory, name), { recursive: true, force: true })));
  await rm(join(directory, marker));
};

/** What is in the way: names that a stack would use, in a directory that no stack has made; another that starts now writes the marker first. */
const foreignEntries = (directory: string): readonly string[] => {
  const inTheWay = entries.filter((name) => existsSync(join(directory, name)));
  return isStateDirectory(directory) ? [] : inTheWay;
};

/** Who holds a state directory: a stack that runs, starts or stops. */
export const findClaim = (stateDirectory: string): Promise<number | undefined> =>
  holderOf(join(stateDirectory, 'stack.pid'));

/** Makes a directory, which may exist, one that belongs to a stack. */
export const markStateDirectory = async (directory: string): Promise<void> => {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, marker), 'Made by the local stack of Breakwater. `npm run clean` removes it.\n');
};

/** Makes the state directory this process's own, so that two stacks never write the same files, nor one into somebody else's. */
export const claimState = async (stateDirectory: string): Promise<Claim> => {
  const foreign = foreignEntries(stateDirectory);
  if (foreign.length > 0) return { kind: 'foreign', entries: foreign };
  await markStateDirectory(stateDirectory);
  const path = join(stateDirectory, 'stack.pid');
  const holder = await takeClaim(path);
  if (holder !== undefined) return { kind: 'held', pid: holder };
  return { kind: 'claimed', release: () => rm(path, { force: true }) };
};
