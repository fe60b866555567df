import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Place } from './throw-away-items.js';

const root = join(import.meta.dirname, '../../..');
const leftOut = new Set(['node_modules', 'dist', '.git', '.local', 'coverage']);

/** The source tree once more, to follow guides in. Packages are those of the tree itself. */
export interface TreeCopy {
  /** Answers what takes the changes back. */
  change(places: readonly Place[]): () => void;
  /** What a command printed, and whether it succeeded. */
  run(command: string, ...args: readonly string[]): Promise<{ readonly ok: boolean; readonly output: string }>;
  remove(): void;
}

const changed = (text: string, { path, before, insert }: Extract<Place, { before: string }>): string => {
  const at = text.indexOf(before);
  if (at < 0) throw new Error(`${path} has no "${before}" to stand before`);
  return `${text.slice(0, at)}${insert}${text.slice(at)}`;
};

export const copyTree = (): TreeCopy => {
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-guides-'));
  for (const entry of readdirSync(root)) {
    if (!leftOut.has(entry)) cpSync(join(root, entry), join(folder, entry), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return {
    change: (places) => {
      const before = new Map<string, string | undefined>();
      for (const place of places) {
        const path = join(folder, place.path);
        const text = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
        if (!before.has(path)) before.set(path, text);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, 'text' in place ? place.text : changed(text ?? '', place));
      }
      return () => {
        for (const [path, text] of before) {
          if (text === undefined) rmSync(path);
          else writeFileSync(path, text);
        }
      };
    },
    run: (command, ...args) =>
      new Promise((resolve) => {
        // What vitest makes of a copy's modules is of use to nobody else, and compilers in Go end before it would pay to clear memory.
        const own = { NO_COLOR: '1', VITEST_FS_MODULE_CACHE: 'false', GOGC: 'off', GOMEMLIMIT: '2GiB' };
        const env = { ...process.env, ...own };
        const options = { cwd: folder, maxBuffer: 64 * 1024 * 1024, env };
        execFile(join(root, 'node_modules/.bin', command), args, options, (error, stdout, stderr) =>
          resolve({ ok: error === null, output: `${stdout}${stderr}` }),
        );
      }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};
