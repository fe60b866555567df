import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';

/**
 * Three builds. `dist/functions/index.cjs` is what is deployed, everything inside but `@azure/functions-core`, which the Functions
 * worker supplies; `telemetry.cjs` beside it is loaded when there is something to tell, and not before. `dist/local/` holds the
 * commands of a developer's machine, with packages left outside. `dist/consumer/` is what a bot imports as `breakwater/consumer`.
 * Nothing is removed first: a stack that runs from `dist/` goes on running.
 */
const root = join(import.meta.dirname, '..');

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node22',
  sourcemap: true,
  logLevel: 'warning',
} satisfies BuildOptions;

/** Leaves the telemetry SDK, two thirds of all that is deployed, out of the file that a cold start reads. */
const telemetryApart: Plugin = {
  name: 'telemetry-apart',
  setup({ onResolve }) {
    onResolve({ filter: /\/application-insights\.js$/ }, () => ({ path: './telemetry.cjs', external: true }));
  },
};

const functionsBundle = {
  ...shared,
  entryPoints: { index: 'functions/index.ts' },
  outdir: 'dist/functions',
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  external: ['@azure/functions-core'],
  define: { 'import.meta.dirname': '__dirname' },
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  plugins: [telemetryApart],
} satisfies BuildOptions;

const telemetryBundle = {
  ...functionsBundle,
  entryPoints: { telemetry: 'src/observability/application-insights.ts' },
  plugins: [],
} satisfies BuildOptions;

const commandsFolder = join(root, 'src/local/commands');
const commands = Object.fromEntries(
  readdirSync(commandsFolder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [basename(file, '.ts'), join(commandsFolder, file)]),
);

const localBundle = {
  ...shared,
  entryPoints: {
    ...commands,
    'functions-host': 'src/local/functions-host/main.ts',
    'generate-schemas': 'scripts/generate-schemas.ts',
    'example-bot': 'examples/bot/main.ts',
    soak: 'test/soak/main.ts',
    'verify-deployment': 'scripts/verify-deployment.ts',
    fuzz: 'test/fuzz/main.ts',
  },
  outdir: 'dist/local',
  format: 'esm',
  splitting: true,
  packages: 'external',
} satisfies BuildOptions;

const consumerBundle = {
  ...shared,
  entryPoints: { index: 'src/consumer/consumer.ts' },
  outdir: 'dist/consumer',
  format: 'esm',
} satisfies BuildOptions;

await Promise.all([build(functionsBundle), build(telemetryBundle), build(localBundle), build(consumerBundle)]);
