import { globSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import * as z from 'zod';

/** One published body: `{provider}/{name}`, and the headers that its maker published with it. */
export interface PayloadFile {
  readonly provider: string;
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const indexSchema = z.array(
  z
    .object({ file: z.string(), headers: z.record(z.string(), z.string()).nullish() })
    .catch({ file: '', headers: null }),
);

const headersByFile = (folder: string): ReadonlyMap<string, Readonly<Record<string, string>>> => {
  const [index] = globSync('index.json', { cwd: folder });
  if (index === undefined) return new Map();
  const entries = indexSchema.parse(JSON.parse(readFileSync(join(folder, index), 'utf8')));
  return new Map(entries.map(({ file, headers }) => [file, headers ?? {}]));
};

/** Every body below a folder that has a folder for each provider; `index.json` may say with which headers they came. */
export const payloadFiles = (folder: string): readonly PayloadFile[] => {
  const headers = headersByFile(folder);
  return globSync('*/*.{json,txt}', { cwd: folder })
    .map((path) => path.split(sep).join(posix.sep))
    .sort()
    .map((path) => {
      const [provider = '', name = ''] = path.split('/');
      return { provider, name, headers: headers.get(path) ?? {}, body: readFileSync(join(folder, path)) };
    });
};
