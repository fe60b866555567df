import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { findProjectRoot } from '../../../local/project-root.js';

/** Writes the handler by hand into a folder as it is deployed: one bundle, and what a Functions app needs beside it. */
export const writeByHandApp = async (target: string): Promise<void> => {
  const root = findProjectRoot(import.meta.dirname);
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'package.json'), JSON.stringify({ name: 'by-hand', version: '0.0.0', main: 'main.cjs' }));
  copyFileSync(join(root, 'host.json'), join(target, 'host.json'));
  await build({
    absWorkingDir: root,
    entryPoints: ['test/bench/by-hand/functions-app.ts'],
    outfile: join(target, 'main.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['@azure/functions-core'],
    logLevel: 'error',
  });
};
