import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const projectRoot = join(import.meta.dirname, '../../..');
export const infraFolder = join(projectRoot, 'infra');

/** One `resource` statement; `body` is the text of its object, braces included. */
export interface BicepResource {
  readonly symbol: string;
  readonly type: string;
  readonly version: string;
  readonly body: string;
}

export interface BicepModule {
  readonly symbol: string;
  readonly path: string;
  readonly body: string;
}

export interface BicepFile {
  /** From the folder `infra`, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly resources: readonly BicepResource[];
  readonly modules: readonly BicepModule[];
  /** Names of the parameters, and whether each has a default. */
  readonly parameters: ReadonlyMap<string, boolean>;
}

/** The text from the first `{` at or after `from` to the brace that closes it. Braces inside texts count in pairs there, too. */
export const objectAt = (text: string, from: number): string => {
  const start = text.indexOf('{', from);
  let depth = 0;
  for (let index = start; index < text.length; index += 1) {
    if (text[index] === '{') depth += 1;
    if (text[index] === '}') depth -= 1;
    if (depth === 0) return text.slice(start, index + 1);
  }
  throw new Error('A brace is not closed');
};

const withoutComments = (text: string): string => text.replaceAll(/^\s*\/\/.*$/gm, '');

const resourcesIn = (text: string): readonly BicepResource[] =>
  [...text.matchAll(/^resource (\w+) '([^'@]+)@([^']+)'/gm)].map((match) => {
    const [whole, symbol = '', type = '', version = ''] = match;
    return { symbol, type, version, body: objectAt(text, match.index + whole.length) };
  });

const modulesIn = (text: string): readonly BicepModule[] =>
  [...text.matchAll(/^module (\w+) '([^']+)'/gm)].map((match) => {
    const [whole, symbol = '', path = ''] = match;
    return { symbol, path, body: objectAt(text, match.index + whole.length) };
  });

const parametersIn = (text: string): ReadonlyMap<string, boolean> =>
  new Map(
    [...text.matchAll(/^param (\w+) \w+( = )?/gm)].map(([, name = '', assigned]) => [name, assigned !== undefined]),
  );

/** Reads the plain Bicep that this project writes: one statement a line start, comments on lines of their own. */
export const readBicep = (path: string): BicepFile => {
  const text = withoutComments(readFileSync(join(infraFolder, path), 'utf8'));
  return {
    path,
    text,
    resources: resourcesIn(text),
    modules: modulesIn(text),
    parameters: parametersIn(text),
  };
};

export const bicepFiles: readonly BicepFile[] = globSync('**/*.bicep', { cwd: infraFolder })
  .map((path) => path.replaceAll('\\', '/'))
  .sort()
  .map(readBicep);

/** Names of the members that stand directly in an object, by the indentation of the first. */
export const membersOf = (object: string): readonly string[] => {
  const [, indent = ''] = /\n( +)\S/.exec(object) ?? [];
  return [...object.matchAll(new RegExp(`\\n${indent}'?([\\w-]+)'?:`, 'g'))].map(([, name = '']) => name);
};

export const readJson = (path: string): unknown => JSON.parse(readFileSync(join(projectRoot, path), 'utf8'));
