import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Builds, unless what was built is of these very sources: for commands that run it. `--always` builds in any case, as `npm run build` does,
 * and remembers of which sources. The types of what others import are not of its business.
 */
const root = join(import.meta.dirname, '..');
const note = join(root, 'dist/build-state.json');

/** All that decides what is built. The packages are those of the lock file. */
const sources = [
  '{src,functions,local,console,examples,test/{soak,availability,fuzz,bench,support,fixtures}}/**/*.{ts,css,html,svg,json}',
  'scripts/**/*.ts',
  '{package,package-lock,tsconfig}.json',
];
const outputs = ['dist/{functions,local,exports,examples}/**/*.{js,cjs}'];

/** A text that changes with any of the files: its name, size or time of change. */
const stateOf = (patterns: readonly string[]): string => {
  const hash = createHash('sha256');
  for (const path of globSync([...patterns], { cwd: root }).toSorted()) {
    const { size, mtimeMs } = statSync(join(root, path));
    hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
};

const isBuilt = (state: string): boolean => {
  try {
    return readFileSync(note, 'utf8') === `${state} ${stateOf(outputs)}`;
  } catch {
    return false;
  }
};

const build = (state: string, says: boolean): number => {
  const startedMs = performance.now();
  rmSync(note, { force: true });
  if (says) console.log('Building; the next start needs no build unless a source changes…');
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, 'build.ts')], { stdio: 'inherit' });
  if (status !== 0) return status ?? 1;
  // The state from before: a source that was changed meanwhile is built next time.
  writeFileSync(note, `${state} ${stateOf(outputs)}`);
  if (says) console.log(`Built in ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
  return 0;
};

const always = process.argv.includes('--always');
const state = stateOf(sources);
process.exitCode = !always && isBuilt(state) ? 0 : build(state, !always);
