import { readdir, readFile, readlink } from 'node:fs/promises';

const listening = '0A';

/**
 * Which process listens on a local TCP port, e.g. `process 4711 (node server.js)`. Reads `/proc`, so it knows only on
 * Linux, and only of processes that this user may look into; otherwise `undefined`. Never throws.
 */
export const portOwner = async (port: number): Promise<string | undefined> => {
  try {
    const inodes = await listeningInodes(port);
    for (const pid of await readdir('/proc')) {
      if (/^\d+$/.test(pid) && (await holdsSocket(pid, inodes))) return `process ${pid} (${await commandLine(pid)})`;
    }
  } catch {
    return undefined;
  }
  return undefined;
};

const listeningInodes = async (port: number): Promise<ReadonlySet<string>> => {
  const inodes = new Set<string>();
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = await readFile(table, 'utf8').catch(() => '');
    for (const line of text.split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      if (state === listening && local.endsWith(suffix)) inodes.add(`socket:[${inode}]`);
    }
  }
  return inodes;
};

const holdsSocket = async (pid: string, inodes: ReadonlySet<string>): Promise<boolean> => {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const descriptor of descriptors) {
    const link = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
    if (inodes.has(link)) return true;
  }
  return false;
};

const commandLine = async (pid: string): Promise<string> => {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8');
  return text.replaceAll('\0', ' ').trim().slice(0, 120);
};
