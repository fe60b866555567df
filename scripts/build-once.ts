import { createHash } from 'node:crypto';
import { globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Builds what `npm start` runs, unless it was already built from the same sources. `--all` is for commands that also run the rest;
 * `--always` builds everything in any case, as `npm run build` does, and remembers of which sources. The types of what others import
 * are not built here.
 */
const root = join(import.meta.dirname, '..');
const note = join(root, 'dist/build-state.json');

/** All that decides what is built. The packages are those of the lock file. */
const sources = [
  '{src,functions,local,console,examples,test/{soak,availability,fuzz,bench,support,fixtures}}/**/*.{ts,css,html,svg,json}',
  'scripts/**/*.ts',
  '{package,package-lock,tsconfig}.json',
];
const outputs = {
  start: ['dist/{functions,local}/**/*.{js,cjs}'],
  all: ['dist/{functions,local,exports,examples}/**/*.{js,cjs}'],
} as const;

type Part = keyof typeof outputs;

/** A text that changes with any of the files: its name, size or time of change. */
const stateOf = (patterns: readonly string[]): string => {
  const hash = createHash('sha256');
  for (const path of globSync([...patterns], { cwd: root }).toSorted()) {
    const { size, mtimeMs } = statSync(join(root, path));
    hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
};

const noteOf = (state: string, part: Part): string => `${part} ${state} ${stateOf(outputs[part])}`;

const isBuilt = (state: string, part: Part): boolean => {
  try {
    const built = readFileSync(note, 'utf8');
    return built === noteOf(state, 'all') || built === noteOf(state, part);
  } catch {
    return false;
  }
};

const build = async (state: string, part: Part, says: boolean): Promise<void> => {
  const startedMs = performance.now();
  rmSync(note, { force: true });
  if (says) console.log('Building; the next start needs no build unless a source changes…');
  const { buildAll, buildForStart } = await import('./build.ts');
  await (part === 'all' ? buildAll() : buildForStart());
  // The state from before: a source that was changed meanwhile is built next time.
  writeFileSync(note, noteOf(state, part));
  if (says) console.log(`Built in ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
};

const always = process.argv.includes('--always');
const part = always || process.argv.includes('--all') ? 'all' : 'start';
const state = stateOf(sources);
if (always || !isBuilt(state, part)) await build(state, part, !always);
