import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';

const oneWebhook = z.object({
  /** What ran of `src/`. */
  files: z.array(z.object({ path: z.string(), functions: z.array(z.string()) })),
  /** The files between `src/ingest/persist.ts` and what sends, nearest to the sending first. */
  layers: z.object({ archive: z.array(z.string()), queue: z.array(z.string()) }),
});

export type OneWebhook = z.output<typeof oneWebhook>;

/** Measures in a process of its own, in which Node reads our sources as they are, so that every function is found in its own file. */
export const watchOneWebhook = async (root: string): Promise<OneWebhook> => {
  const sources = pathToFileURL(join(root, 'test/bench/support/resolve-sources.ts')).href;
  const options = ['--disable-warning=ExperimentalWarning', '--import', sources];
  const script = join(root, 'scripts/house/one-webhook.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [...options, script], { cwd: root, timeout: 120_000 });
  return oneWebhook.parse(JSON.parse(stdout));
};
