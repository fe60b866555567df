import { glob, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FunctionsHostError } from '../functions-host-error.js';
import type { FunctionApp } from './function-app.js';

interface PackageJson {
  readonly main: string;
  readonly type?: unknown;
}

/** Read by hand: a worker that loads no library starts the sooner. */
const isPackageJson = (content: unknown): content is PackageJson =>
  typeof content === 'object' &&
  content !== null &&
  'main' in content &&
  typeof content.main === 'string' &&
  content.main !== '';

/** Loads every file that `main` of the app's `package.json` names, in turn, as the worker does. */
export const loadFunctionApp = async (app: FunctionApp, appDirectory: string): Promise<void> => {
  const packageJson = await readPackageJson(appDirectory);
  for (const file of await entryPoints(appDirectory, packageJson.main)) {
    app.currentEntryPoint = file;
    try {
      await loadEntryPoint(file, packageJson);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new FunctionsHostError('entry-point-failed', `Worker was unable to load entry point "${file}": ${reason}`, {
        cause: error,
      });
    } finally {
      app.currentEntryPoint = undefined;
    }
  }
};

const readPackageJson = async (appDirectory: string): Promise<PackageJson> => {
  const path = join(appDirectory, 'package.json');
  try {
    const content: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (isPackageJson(content)) return content;
    throw new TypeError('main must name the entry point');
  } catch (error) {
    throw new FunctionsHostError('package-json-invalid', `${path}: ${String(error)}`, { cause: error });
  }
};

const entryPoints = async (appDirectory: string, main: string): Promise<readonly string[]> => {
  const direct = resolve(appDirectory, main);
  const found = await stat(direct).catch(() => undefined);
  if (found?.isFile()) return [direct];
  const files: string[] = [];
  for await (const match of glob(main, { cwd: appDirectory })) {
    const file = resolve(appDirectory, match);
    if ((await stat(file)).isFile()) files.push(file);
  }
  if (files.length > 0) return files.sort();
  throw new FunctionsHostError(
    'entry-point-missing',
    `Worker was unable to load entry point "${main}": no file in ${appDirectory} matches. Build the app first?`,
  );
};

const loadEntryPoint = async (file: string, packageJson: PackageJson): Promise<void> => {
  if (isEsModule(file, packageJson)) await import(pathToFileURL(file).href);
  else createRequire(file)(file);
};

const isEsModule = (file: string, { type }: PackageJson): boolean => {
  if (file.endsWith('.mjs')) return true;
  return !file.endsWith('.cjs') && type === 'module';
};
