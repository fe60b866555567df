import { createHash, randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { isProcessAlive } from './find-stack.js';

/** When a process started, in ticks since boot, so that a process id given out again is told apart; empty where unknown. */
const startOf = async (pid: number): Promise<string> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
};

const codeOf = (fault: unknown): unknown => (fault instanceof Error && 'code' in fault ? fault.code : undefined);

const readClaim = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);

const livingHolder = async (claim: string): Promise<number | undefined> => {
  const [pid = '', start = ''] = claim.split(' ');
  const holder = Number(pid);
  const isHeld = holder > 0 && isProcessAlive(holder) && (await startOf(holder)) === start;
  return isHeld ? holder : undefined;
};

/** The process that holds a claim and still runs. */
export const holderOf = async (path: string): Promise<number | undefined> =>
  livingHolder((await readClaim(path)) ?? '');

/** Creates the file with its content in one step: nobody ever sees it empty. */
const createClaim = async (path: string): Promise<boolean> => {
  const written = `${path}.${randomUUID()}`;
  try {
    await writeFile(written, `${process.pid} ${await startOf(process.pid)} ${randomUUID()}`);
    await link(written, path);
    return true;
  } catch (fault) {
    if (codeOf(fault) === 'EEXIST') return false;
    throw fault;
  } finally {
    await rm(written, { force: true });
  }
};

/** Where the one that takes over a stale claim claims that. */
const successionTo = (path: string, claim: string): string =>
  `${path}.after-${createHash('sha256').update(claim).digest('hex').slice(0, 16)}`;

/**
 * Makes the claim this process's own; gives the process that holds it otherwise. A stale claim is never taken away, so that nobody
 * takes away a new one in its place: who claims the succession to it puts that in its place. No two claims have the same text, so a
 * claim that still stands after the succession to it was won has no other successor.
 */
export const takeClaim = async (path: string): Promise<number | undefined> => {
  while (!(await createClaim(path))) {
    const claim = await readClaim(path);
    if (claim === undefined) continue;
    const succession = successionTo(path, claim);
    const holder = (await livingHolder(claim)) ?? (await takeClaim(succession));
    if (holder !== undefined) return holder;
    if ((await readClaim(path)) === claim) {
      await rename(succession, path);
      return undefined;
    }
    await rm(succession, { force: true });
  }
  return undefined;
};
