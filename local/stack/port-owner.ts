import { readdir, readFile, readlink } from 'node:fs/promises';

/** A process that listens on a port. */
export interface PortOwner {
  readonly pid: number;
  /** Its command line, at most 80 characters. */
  readonly command: string;
}

const listenState = '0A';

/** The sockets that listen on `port`, in the table format of `/proc/net/tcp`: local address, state and inode are columns 1, 3 and 9. */
const listeningInodes = (table: string, port: number): readonly string[] => {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(suffix) === true && columns[3] === listenState)
    .map((columns) => columns[9] ?? '');
};

const readable = async <T>(read: Promise<T>, fallback: T): Promise<T> => {
  try {
    return await read;
  } catch {
    return fallback;
  }
};

const holdsOneOf = async (pid: string, sockets: ReadonlySet<string>): Promise<boolean> => {
  const folder = `/proc/${pid}/fd`;
  const descriptors = await readable(readdir(folder), []);
  const targets = await Promise.all(descriptors.map((name) => readable(readlink(`${folder}/${name}`), '')));
  return targets.some((target) => sockets.has(target));
};

const describeProcess = async (pid: string): Promise<PortOwner> => {
  const commandLine = await readable(readFile(`/proc/${pid}/cmdline`, 'utf8'), '');
  const name = await readable(readFile(`/proc/${pid}/comm`, 'utf8'), '');
  const command = commandLine.replaceAll('\0', ' ').trim() || name.trim();
  return { pid: Number(pid), command: command.length > 80 ? `${command.slice(0, 79)}…` : command };
};

/**
 * Who listens on `port`, as far as this user may know: `undefined` for another user's process and on systems without
 * `/proc`.
 */
export const findPortOwner = async (port: number): Promise<PortOwner | undefined> => {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readable(readFile(path, 'utf8'), '')),
  );
  const inodes = tables.flatMap((table) => listeningInodes(table, port));
  const sockets = new Set(inodes.map((inode) => `socket:[${inode}]`));
  if (sockets.size === 0) return undefined;
  const processes = (await readable(readdir('/proc'), [])).filter((name) => /^\d+$/.test(name));
  for (const pid of processes) {
    if (await holdsOneOf(pid, sockets)) return describeProcess(pid);
  }
  return undefined;
};
