import { copyFileSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { collectPackage, writePackage } from '../../../scripts/package.js';

/** One way to deploy an app, by the file that the worker loads. */
export interface DeployedApp {
  readonly name: 'Breakwater, packaged' | 'Breakwater, unbundled and eager' | 'an empty app';
  readonly entry: string;
}

const root = join(import.meta.dirname, '../../..');
const folder = join(root, '.local/bench/cold-start');

const packaged = (): DeployedApp => {
  const target = join(folder, 'packaged');
  writePackage(collectPackage(root), target);
  return { name: 'Breakwater, packaged', entry: join(target, 'dist/functions/index.cjs') };
};

const eagerly = [
  '@azure/identity',
  '@azure/keyvault-secrets',
  '@azure/service-bus',
  '@azure/storage-blob',
  'prom-client',
];

/** Every file as it is, with types removed; the packages from node_modules, loaded before anything else. Telemetry, which is off, is left out. */
const eager = async (): Promise<DeployedApp> => {
  const target = join(folder, 'eager');
  const sources = globSync('{functions,src}/**/*.ts', { cwd: root });
  await build({
    absWorkingDir: root,
    entryPoints: sources,
    outdir: target,
    outbase: '.',
    format: 'esm',
    platform: 'node',
    // Of the one `require`, which only a providers.json would reach.
    logOverride: { 'unsupported-require-call': 'silent' },
  });
  const imports = [...eagerly, './functions/breakwater.js', './src/composition/clients.js', './functions/index.js'];
  for (const file of ['host.json', 'bots.json']) copyFileSync(join(root, file), join(target, file));
  writeFileSync(join(target, 'package.json'), JSON.stringify({ type: 'module', version: '0.0.0' }));
  writeFileSync(join(target, 'main.mjs'), imports.map((each) => `import '${each}';\n`).join(''));
  return { name: 'Breakwater, unbundled and eager', entry: join(target, 'main.mjs') };
};

const emptySource = `const { app } = require('@azure/functions');
app.http('receiveWebhook', { methods: ['POST'], authLevel: 'anonymous', handler: async () => ({ status: 202 }) });
`;

const empty = (): DeployedApp => {
  const target = join(folder, 'empty');
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'main.cjs'), emptySource);
  return { name: 'an empty app', entry: join(target, 'main.cjs') };
};

/** The packaged app, the same one as it would run from a checkout, and the least that the Functions library can do. */
export const deployedApps = async (): Promise<readonly DeployedApp[]> => [packaged(), await eager(), empty()];
