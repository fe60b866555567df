import { execFileSync } from 'node:child_process';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * The types of what others import, twice: TypeScript takes `.d.ts` files for ES modules or CommonJS by the `package.json` above them,
 * and both kinds of projects are served.
 */
const root = join(import.meta.dirname, '..');
const exported = join(root, 'dist/exports');
const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));

for (const kind of ['types', 'types-cjs']) rmSync(join(exported, kind), { recursive: true, force: true });
execFileSync(process.execPath, [join(typescript, 'bin/tsc'), '-p', join(root, 'tsconfig.exports.json')], {
  stdio: 'inherit',
});
cpSync(join(exported, 'types'), join(exported, 'types-cjs'), { recursive: true });
writeFileSync(join(exported, 'types-cjs/package.json'), '{ "type": "commonjs" }\n');
