import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

/** The files that a type is read from: those that it names, and what those name. */
const named = (file: string, found = new Set<string>()): ReadonlySet<string> => {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(/(?:from |import\()['"](\.[^'"]+)\.js['"]/g)) {
    named(join(dirname(file), `${target}.d.ts`), found);
  }
  return found;
};

// The compiler writes those of internals, too, of which no user learns anything.
const types = join(exported, 'types');
const entries = ['consumer/consumer.d.ts', 'circuit-breaker/index.d.ts', 'guarded-http/index.d.ts'];
const published = new Set(entries.flatMap((entry) => [...named(join(types, entry))]));
for (const path of readdirSync(types, { recursive: true, encoding: 'utf8' })) {
  if (path.endsWith('.d.ts') && !published.has(join(types, path))) rmSync(join(types, path));
}
cpSync(types, join(exported, 'types-cjs'), { recursive: true });
writeFileSync(join(exported, 'types-cjs/package.json'), '{ "type": "commonjs" }\n');
