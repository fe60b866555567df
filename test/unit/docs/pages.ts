import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const projectRoot = join(import.meta.dirname, '../../..');

/** Every page of Markdown that people read, by its path from the project's root. */
export const pages: readonly { readonly path: string; readonly text: string }[] = globSync(
  ['*.md', 'docs/**/*.md', 'infra/*.md', 'examples/**/*.md', 'local/**/*.md'],
  { cwd: projectRoot },
)
  .toSorted()
  .map((path) => ({ path, text: readFileSync(join(projectRoot, path), 'utf8') }));
