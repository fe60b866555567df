import { readFileSync } from 'node:fs';
import { isProcessAlive } from '../../stack/find-stack.js';

const checkMs = 500;

interface ProcessFacts {
  readonly name: string;
  readonly parent: number;
}

/** What Linux says of a process; `undefined` elsewhere. The name stands in parentheses, and may hold some itself. */
const factsOf = (pid: number): ProcessFacts | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = stat.lastIndexOf(')');
    return { name: stat.slice(stat.indexOf('(') + 1, end), parent: Number(stat.slice(end + 2).split(' ')[1]) };
  } catch {
    return undefined;
  }
};

/** npm itself, when it runs this process through a shell and that can be known. */
const findNpm = (shell: number): number | undefined => {
  const facts = factsOf(shell);
  return facts !== undefined && /sh$/.test(facts.name) && facts.parent > 1 ? facts.parent : undefined;
};

/**
 * Calls back when the npm that runs this process is gone: npm ends at SIGTERM or SIGKILL without a word to what it runs.
 * Keeps nothing alive.
 */
export const watchNpm = (onGone: () => void): void => {
  const parent = process.ppid;
  const npm = findNpm(parent);
  const timer = setInterval(() => {
    if (process.ppid === parent && (npm === undefined || isProcessAlive(npm))) return;
    clearInterval(timer);
    onGone();
  }, checkMs);
  timer.unref();
};
