import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * `npm run bench -- [part…] [--quick]`: runs each part of `test/bench/` in a process of its own; no name runs all. A part prints
 * its table and writes `.local/bench/<part>.json`. `--quick` measures little, to see that everything runs.
 */
const root = join(import.meta.dirname, '..');
const benches = join(root, 'test/bench');
const parts = readdirSync(benches).filter((part) => existsSync(join(benches, part, 'bench.ts')));
const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const unknown = asked.filter((part) => !parts.includes(part));

if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; there are: ${parts.join(', ')}`);
  process.exit(2);
}

const sources = pathToFileURL(join(benches, 'support/resolve-sources.ts')).href;
const nodeOptions = ['--expose-gc', '--disable-warning=ExperimentalWarning', '--import', sources];

for (const part of asked.length > 0 ? asked : parts) {
  console.log(`\nBenchmark ${part}`);
  const bench = join(benches, part, 'bench.ts');
  const { status } = spawnSync(process.execPath, [...nodeOptions, bench, ...flags], { stdio: 'inherit', cwd: root });
  if (status !== 0) process.exitCode = 1;
}
