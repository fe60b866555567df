import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { laterParts } from './later-parts.ts';

/**
 * Three builds. `dist/functions/` is what is deployed, everything inside but `@azure/functions-core`, which the Functions worker
 * supplies: `index.cjs` makes the functions known, `own-providers.cjs` reads a `providers.json`, `breakwater.cjs` answers requests,
 * `clients.cjs` holds the SDKs of the dependencies, `telemetry.cjs` the one that is loaded when there is something to tell,
 * `console.cjs` the operators' page.
 * `dist/local/` holds the commands of a developer's machine, with packages left outside, and Azurite as one file. `dist/exports/` is what others import as
 * `breakwater/consumer`, `breakwater/circuit-breaker` and `breakwater/guarded-http`; `scripts/build-types.ts` adds their types.
 * `dist/bundled-packages.json` says which packages are inside of what is deployed and of what others import.
 * Nothing is removed first: a stack that runs from `dist/` goes on running.
 */
const root = join(import.meta.dirname, '..');

/** esbuild, a program of Go, collects garbage less often: a build takes a quarter less, and some memory more. */
process.env['GOGC'] ??= '400';

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node22',
  sourcemap: true,
  // Debuggers find the sources where the map says they are.
  sourcesContent: false,
  logLevel: 'warning',
} satisfies BuildOptions;

/** What is read apart, when it is first needed, so that a cold start waits for no more than it uses. */
const apart = {
  'own-providers': 'src/settings/read-providers.ts',
  breakwater: 'functions/breakwater.ts',
  clients: 'src/composition/clients.ts',
  reconcile: 'src/composition/reconcile-job.ts',
  'shared-breakers': 'src/composition/shared-breakers-job.ts',
  bursts: 'src/composition/bursts-job.ts',
  telemetry: 'src/observability/telemetry/application-insights.ts',
  console: 'src/http/console-files.ts',
} as const;

const leaveApart: Plugin = {
  name: 'leave-apart',
  setup({ onResolve }) {
    for (const [file, source] of Object.entries(apart)) {
      const filter = new RegExp(`/${basename(source, '.ts')}\\.js$`);
      onResolve({ filter }, ({ kind, resolveDir, path }) =>
        (kind === 'dynamic-import' || kind === 'require-call') &&
        join(resolveDir, path) === join(root, source.replace(/\.ts$/, '.js'))
          ? { path: `./${file}.cjs`, external: true }
          : undefined,
      );
    }
  },
};

/** The names are known now; working them out at each start would take every provider's code. */
const withNamesAlone: Plugin = {
  name: 'with-names-alone',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]settings[/\\]built-in-names\.ts$/ }, async ({ path }) => {
      const { outputFiles } = await build({
        ...shared,
        entryPoints: [path],
        format: 'esm',
        sourcemap: false,
        write: false,
      });
      const { builtInNames } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? '')}`);
      return { contents: `export const builtInNames = ${JSON.stringify(builtInNames)};` };
    });
  },
};

/**
 * What is never asked for: three quarters of the telemetry SDK, which are what it would collect by itself, and the reader of a binary
 * form of blob lists.
 */
const neverUsed = /^(@azure\/monitor-opentelemetry|apache-arrow)$/;

const withoutNeverUsed: Plugin = {
  name: 'without-never-used',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: neverUsed }, ({ path }) => ({ path, namespace: 'left-out' }));
    onLoad({ filter: /^/, namespace: 'left-out' }, () => ({ contents: 'module.exports = {}' }));
  },
};

const nagled = "get_option('tcp_no_delay', false)";

/**
 * Each AMQP frame leaves at once. The SDK passes no such option on to its AMQP library, and while a connection is made its small
 * frames would wait for the peer's delayed acknowledgement (RFC 9293, section 3.7.4) three times, 40 ms each.
 */
const withoutNagle: Plugin = {
  name: 'without-nagle',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]rhea[/\\]lib[/\\]connection\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes(nagled)) throw new Error(`${path} has no "${nagled}" any more`);
      return { contents: text.replace(nagled, "get_option('tcp_no_delay', true)") };
    });
  },
};

const pageMetafiles: Metafile[] = [];

/** The operators' page, of which the browser gets every file as it is. */
const readConsole = async () => {
  const read = (file: string): string => readFileSync(join(root, 'console', file), 'utf8');
  const pageBundle = { ...shared, platform: 'browser', target: 'es2024', sourcemap: false, minify: true } as const;
  const bundle = async (file: string): Promise<string> => {
    const entryPoints = [join('console', file)];
    const { outputFiles, metafile } = await build({
      ...pageBundle,
      format: 'esm',
      entryPoints,
      write: false,
      metafile: true,
    });
    pageMetafiles.push(metafile);
    return outputFiles[0]?.text ?? '';
  };
  return {
    page: read('page.html'),
    style: await bundle('page.css'),
    script: await bundle('main.ts'),
    icon: read('icon.svg'),
  };
};

const functionsBundle = {
  ...shared,
  // Each a file of its own: what two of them share is in both, for a CommonJS bundle cannot share.
  entryPoints: { index: 'functions/index.ts', ...apart },
  outdir: 'dist/functions',
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  external: ['@azure/functions-core'],
  // Packages as ESM, even those that offer it to bundlers alone: `require` from one of these would bring what the SDKs share twice.
  mainFields: ['module', 'main'],
  define: { 'import.meta.dirname': '__dirname', CONSOLE_FILES: JSON.stringify(await readConsole()) },
  // As `require`: a file that is imported is read twice, once to find out what it exports.
  supported: { 'dynamic-import': false },
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  plugins: [leaveApart, withNamesAlone, withoutNeverUsed, withoutNagle],
} satisfies BuildOptions;

const commandsFolder = join(root, 'local/commands');
const commands = Object.fromEntries(
  readdirSync(commandsFolder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [basename(file, '.ts'), join(commandsFolder, file)]),
);

/** A command starts sooner with these inside: in their packages they are a few hundred files. */
const packagesInside: Plugin = {
  name: 'packages-inside',
  setup({ onResolve }) {
    onResolve({ filter: /^(zod|zod\/mini|rhea)$/ }, ({ path }) => ({ path: fileURLToPath(import.meta.resolve(path)) }));
    onResolve({ filter: /^(debug|ms)$/ }, ({ path, resolveDir }) => ({
      path: createRequire(join(resolveDir, 'file.js')).resolve(path),
    }));
  },
};

/**
 * A process starts sooner: with an `import` Node.js reads all members of its own `http`, and one of them is all of `fetch`. A package that
 * is inside has no `require` of its own.
 */
const nodeAsRequired: Plugin = {
  name: 'node-as-required',
  setup({ onResolve, onLoad }) {
    const asRequired = ({ path }: { readonly path: string }) => ({ path, namespace: 'as-required' });
    onResolve({ filter: /^node:http$/ }, asRequired);
    onResolve({ filter: /^[a-z_]+$/ }, (found) =>
      found.kind === 'require-call' && isBuiltin(found.path) ? asRequired(found) : undefined,
    );
    onLoad({ filter: /^/, namespace: 'as-required' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}')`,
    }));
  },
};

const localBundle = {
  ...shared,
  plugins: [packagesInside, nodeAsRequired],
  entryPoints: {
    ...commands,
    'functions-host': 'local/functions-host/main.ts',
    'generate-schemas': 'scripts/generate-schemas.ts',
    soak: 'test/soak/main.ts',
    availability: 'test/availability/main.ts',
    infra: 'scripts/infra.ts',
    house: 'scripts/house.ts',
    sbom: 'scripts/sbom.ts',
    bench: 'scripts/bench.ts',
    'record-session': 'scripts/record-session.ts',
    capacity: 'scripts/capacity.ts',
    'sender-ranges': 'scripts/sender-ranges.ts',
    'verify-deployment': 'scripts/verify-deployment.ts',
    fuzz: 'test/fuzz/main.ts',
  },
  outdir: 'dist/local',
  format: 'esm',
  splitting: true,
  packages: 'external',
} satisfies BuildOptions;

/** Azurite starts with half the CPU: in its package it is a few hundred files. */
const azuriteBundle = {
  ...shared,
  entryPoints: { azurite: 'local/blob-storage/azurite/main.ts' },
  outdir: 'dist/local',
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  sourcemap: false,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  plugins: [laterParts],
} satisfies BuildOptions;

const exportedBundles = (['esm', 'cjs'] as const).map(
  (format) =>
    ({
      ...shared,
      entryPoints: {
        consumer: 'src/consumer/consumer.ts',
        'circuit-breaker': 'src/circuit-breaker/index.ts',
        'guarded-http': 'src/guarded-http/index.ts',
      },
      outdir: 'dist/exports',
      outExtension: { '.js': format === 'esm' ? '.js' : '.cjs' },
      target: 'node20',
      minifyWhitespace: true,
      minifySyntax: true,
      sourcemap: false,
      format,
    }) satisfies BuildOptions,
);

/** The example as a Functions app that a host can be pointed at, with what it needs beside the bundle. */
const functionsBot = 'dist/examples/functions-bot';
const functionsBotBundle = {
  ...shared,
  entryPoints: { index: 'examples/functions-bot/index.ts' },
  outdir: `${functionsBot}/dist`,
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  external: ['@azure/functions-core'],
} satisfies BuildOptions;

const copyFunctionsBot = (): void => {
  const { name, version, main, type } = JSON.parse(
    readFileSync(join(root, 'examples/functions-bot/package.json'), 'utf8'),
  );
  writeFileSync(join(root, functionsBot, 'package.json'), JSON.stringify({ name, version, main, type }));
  copyFileSync(join(root, 'examples/functions-bot/host.json'), join(root, functionsBot, 'host.json'));
};

/** The folders of the packages whose code is in what was built; a package that left not a byte behind is not. */
const packagesIn = (metafiles: readonly Metafile[]): readonly string[] => {
  const inputs = metafiles
    .flatMap(({ outputs }) => Object.values(outputs).flatMap((output) => Object.entries(output.inputs)))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const folders = inputs.flatMap(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  return [...new Set(folders)].toSorted();
};

const bundle = async (options: readonly BuildOptions[]): Promise<readonly Metafile[]> => {
  const results = await Promise.all(options.map((each) => build({ ...each, metafile: true })));
  return results.map(({ metafile }) => metafile);
};

/** Builds everything that `npm start` runs. Returns the packages inside what is deployed. */
export const buildForStart = async (): Promise<readonly Metafile[]> => {
  const [deployed] = await Promise.all([bundle([functionsBundle]), build(localBundle), build(azuriteBundle)]);
  return deployed;
};

export const buildAll = async (): Promise<void> => {
  const [deployed, exported] = await Promise.all([buildForStart(), bundle(exportedBundles), build(functionsBotBundle)]);
  copyFunctionsBot();
  const bundledPackages = { deployed: packagesIn([...deployed, ...pageMetafiles]), exported: packagesIn(exported) };
  writeFileSync(join(root, 'dist/bundled-packages.json'), `${JSON.stringify(bundledPackages, undefined, 2)}\n`);
};
