import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');
const pages = ['docs/circuit-breaker.md', 'docs/circuit-breaker-from.md', 'docs/guard-a-dependency.md'];
const packed = z.tuple([
  z.object({ filename: z.string(), size: z.number(), files: z.array(z.object({ path: z.string() })) }),
]);

/** Every example of the pages: complete programs, by the page and the place they have there. */
const examples = pages.flatMap((page) =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(([, text = ''], index) => ({
    name: `${page.replace(/^docs\/|\.md$/g, '')}-${index + 1}`,
    text,
  })),
);

/** In CommonJS nothing is awaited outside of functions. */
const asCommonJs = (text: string): string => {
  const imports = /^import [^;]*;\n/gm;
  const body = text.replace(imports, '');
  return `${(text.match(imports) ?? []).join('')}export const done = (async () => {\n${body}\n})();\n`;
};

const formats = {
  NodeNext: { type: 'module', module: 'NodeNext', example: (text: string) => `${text}\nexport {};\n` },
  CommonJS: { type: 'commonjs', module: 'NodeNext', example: asCommonJs },
} as const;

/** This Node, and the one that the machine has besides. */
const nodes = async (): Promise<readonly string[]> => {
  const others = (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, 'node'));
  const byVersion = new Map<string, string>();
  for (const node of [process.execPath, ...others.filter((path) => existsSync(path))]) {
    const { stdout } = await run(node, ['--version']);
    if (Number(stdout.slice(1).split('.')[0]) >= 20) byVersion.set(stdout.trim(), byVersion.get(stdout.trim()) ?? node);
  }
  return [...byVersion.values()];
};

describe('the published package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-published-'));
  const inProject = (format: string, ...path: readonly string[]): string => join(folder, format, ...path);
  let tarball: z.output<typeof packed>[0];

  beforeAll(async () => {
    const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: root,
    });
    [tarball] = packed.parse(JSON.parse(stdout));
    for (const [format, { type, module, example }] of Object.entries(formats)) {
      const target = inProject(format, 'node_modules', 'breakwater');
      mkdirSync(target, { recursive: true });
      await run('tar', ['-xzf', join(folder, tarball.filename), '-C', target, '--strip-components=1']);
      const manifest = JSON.stringify({ name: 'fresh', version: '1.0.0', private: true, type });
      writeFileSync(inProject(format, 'package.json'), manifest);
      const compilerOptions = { module, target: 'ES2022', strict: true, outDir: 'out', rootDir: '.', types: [] };
      writeFileSync(inProject(format, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
      for (const { name, text } of examples) writeFileSync(inProject(format, `${name}.ts`), example(text));
    }
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('holds what users need and nothing else', () => {
    const needed =
      /^(dist\/exports\/|docs\/(circuit-breaker|guard-a-dependency)[\w-]*\.md$|(README|CHANGELOG)\.md$|LICENSE$|THIRD-PARTY-NOTICES\.txt$|package\.json$)/;
    const paths = tarball.files.map(({ path }) => path);

    expect(paths.filter((path) => !needed.test(path))).toEqual(['functions-app.cjs']);
    // What an earlier build has left there would be published as well.
    const typesIn = (kind: string) => paths.flatMap((path) => path.split(`dist/exports/${kind}/`)[1] ?? []).sort();
    expect(typesIn('types-cjs').filter((path) => path !== 'package.json')).toEqual(typesIn('types'));
    expect(tarball.size).toBeLessThan(200_000);
  });

  test('depends on nothing, and loads nothing but what Node brings', () => {
    const target = inProject('NodeNext', 'node_modules', 'breakwater');
    const manifest = z
      .object({
        dependencies: z.record(z.string(), z.string()).optional(),
        engines: z.record(z.string(), z.string()),
        exports: z.record(z.string(), z.unknown()),
      })
      .parse(JSON.parse(readFileSync(join(target, 'package.json'), 'utf8')));
    const bundles = readdirSync(join(target, 'dist/exports')).filter((file) => /\.c?js$/.test(file));
    const loaded = bundles.flatMap((file) =>
      [
        ...readFileSync(join(target, 'dist/exports', file), 'utf8').matchAll(
          /(?:^import [^"]*from |\brequire\()"([^"]+)"/gm,
        ),
      ].map(([, name = '']) => name),
    );

    expect(manifest.dependencies).toBeUndefined();
    expect(manifest.engines).toEqual({ node: '>=20' });
    expect(bundles).toHaveLength(2 * (Object.keys(manifest.exports).length - 1));
    expect(loaded.filter((name) => !name.startsWith('node:'))).toEqual([]);
  });

  test.each(Object.keys(formats))('every example of its pages compiles and runs, strict, as %s', async (format) => {
    const project = inProject(format);
    const typescript = join(root, 'node_modules/typescript/bin/tsc');
    const compiled = await run(process.execPath, [typescript, '-p', project]).catch((error: unknown) => error);
    expect(compiled).toMatchObject({ stdout: '' });

    const loadAll =
      format === 'CommonJS'
        ? `(async () => { for (const name of NAMES) await require('./out/' + name + '.js').done; })()`
        : `for (const name of NAMES) await import('./out/' + name + '.js')`;
    const script = join(project, 'all.js');
    writeFileSync(script, loadAll.replace('NAMES', JSON.stringify(examples.map(({ name }) => name))));
    for (const node of await nodes()) {
      const { stdout, stderr } = await run(node, [script], { cwd: project });
      expect(stdout).toContain('paid\n42\n');
      expect(stderr).toBe('');
    }
  });

  test.each(['consumer', 'circuit-breaker', 'guarded-http'])('breakwater/%s loads both ways', async (name) => {
    for (const node of await nodes()) {
      const both = [
        run(node, ['-e', `require('breakwater/${name}')`], { cwd: inProject('CommonJS') }),
        run(node, ['--input-type=module', '-e', `import 'breakwater/${name}'`], { cwd: inProject('NodeNext') }),
      ];
      expect(await Promise.all(both)).toMatchObject([{ stderr: '' }, { stderr: '' }]);
    }
  });
});
