import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** `npm run bench -- [part…]`: bundles each part of `test/bench/` and runs it in a process of its own; no name runs all. */
const root = join(import.meta.dirname, '..');
const parts = readdirSync(join(root, 'test/bench')).filter((part) =>
  existsSync(join(root, 'test/bench', part, 'bench.ts')),
);
const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const unknown = asked.filter((part) => !parts.includes(part));

if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; there are: ${parts.join(', ')}`);
  process.exit(2);
}

for (const part of asked.length > 0 ? asked : parts) {
  const outfile = join(root, `dist/bench/${part}.js`);
  await build({
    absWorkingDir: root,
    entryPoints: [`test/bench/${part}/bench.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
  console.log(`Benchmark ${part}`);
  const { status } = spawnSync(process.execPath, ['--expose-gc', outfile, ...flags], { stdio: 'inherit', cwd: root });
  if (status !== 0) process.exitCode = 1;
}
