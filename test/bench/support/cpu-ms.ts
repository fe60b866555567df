import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second; user and system time are the 14th and 15th field (proc(5)). */
export const cpuMsOf = (pid: number | undefined): number => {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return Number.NaN;
  const [, , , , , , , , , , , user, system] = readFileSync(path, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(user) + Number(system)) * 10;
};

const childrenOf = (pid: number): readonly number[] => {
  const threads = `/proc/${pid}/task`;
  if (!existsSync(threads)) return [];
  return readdirSync(threads).flatMap((thread) =>
    readFileSync(`${threads}/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
};

/** Of a process and those that it has started. */
export const cpuMsOfAll = (pid: number | undefined): number =>
  pid === undefined ? Number.NaN : childrenOf(pid).reduce((sum, child) => sum + cpuMsOfAll(child), cpuMsOf(pid));
