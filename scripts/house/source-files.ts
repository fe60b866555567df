import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

export interface SourceFile {
  /** From the project's root. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  /** What it imports: project files as paths from the root, packages by name. */
  readonly imports: readonly { readonly target: string; readonly typeOnly: boolean }[];
}

const importPattern = /(?:^|\n)\s*(?:import|export)\s(type\s)?[^;'"]*?from\s+'([^']+)'|import\('([^']+)'\)/g;

const resolveTarget = (from: string, specifier: string): string =>
  specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts') : specifier;

const readSource = (root: string, path: string): SourceFile => {
  const text = readFileSync(join(root, path), 'utf8');
  const imports = [...text.matchAll(importPattern)].map(([, typeOnly, fixed, dynamic]) => ({
    target: resolveTarget(path, fixed ?? dynamic ?? ''),
    typeOnly: typeOnly !== undefined,
  }));
  return { path, text, lines: text.trimEnd().split('\n').length, imports };
};

/** Every TypeScript file below these folders of a project, in the order of their paths. */
export const readSources = (root: string, folders: readonly string[]): readonly SourceFile[] =>
  globSync(
    folders.map((folder) => `${folder}/**/*.ts`),
    { cwd: root },
  )
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map((path) => readSource(root, path));
