import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatHttpFile, type KeptRequest } from '../../senders/http-file.js';
import type { Sender } from '../../senders/sender.js';
import { removeSecrets } from './remove-secrets.js';

export interface Arrival {
  readonly request: KeptRequest;
  /** The `{provider}` of its route. */
  readonly provider: string;
  /** What the app said that it is, e.g. `github.push`; `undefined` when it was refused. */
  readonly type: string | undefined;
}

const fileName = ({ provider, type }: Arrival, number: number): string => {
  const event = (type ?? 'refused').replace(new RegExp(`^${provider}\\.`), '');
  return `${String(number).padStart(4, '0')}-${event.replaceAll(/[^\w.-]/g, '_').slice(0, 80)}.http`;
};

/** Two captures into one folder never write the same file. */
const writeNext = async (folder: string, arrival: Arrival, bytes: Buffer): Promise<string> => {
  await mkdir(folder, { recursive: true });
  const taken = (await readdir(folder)).map((name) => Number.parseInt(name, 10)).filter((number) => number > 0);
  for (let number = Math.max(0, ...taken) + 1; ; number += 1) {
    const path = join(folder, fileName(arrival, number));
    const written = await writeFile(path, bytes, { flag: 'wx' }).then(
      () => true,
      (fault: NodeJS.ErrnoException) => {
        if (fault.code === 'EEXIST') return false;
        throw fault;
      },
    );
    if (written) return path;
  }
};

/** Keeps what arrived as a file for `send --replay`, without its secrets. Answers where. */
export const keepRequest = (folder: string, arrival: Arrival, senders: readonly Sender[]): Promise<string> => {
  const { provider, request } = arrival;
  const signatureHeaders = senders.flatMap((sender) => sender.signatureHeaders);
  return writeNext(join(folder, provider), arrival, formatHttpFile(removeSecrets(request, signatureHeaders)));
};
