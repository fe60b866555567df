import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Node } from 'web-tree-sitter';
import { parseBicep } from './bicep-grammar.js';

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

const statements = (nodes: readonly Node[], type: string): readonly Node[] =>
  nodes.filter((node) => node.type === type);

const childText = (node: Node, type: string): string =>
  node.namedChildren.find((child) => child?.type === type)?.text ?? '';

const unquoted = (text: string): string => text.slice(1, -1);

/** The object of a statement, also when it stands behind `if` or in `for`. */
const bodyOf = (node: Node): string => node.descendantsOfType('object')[0]?.text ?? '';

const readResource = (node: Node): BicepResource => {
  const [type = '', version = ''] = unquoted(childText(node, 'string')).split('@');
  return { symbol: childText(node, 'identifier'), type, version, body: bodyOf(node) };
};

const readModule = (node: Node): BicepModule => ({
  symbol: childText(node, 'identifier'),
  path: unquoted(childText(node, 'string')),
  body: bodyOf(node),
});

const parametersIn = (nodes: readonly Node[]): ReadonlyMap<string, boolean> =>
  new Map(
    statements(nodes, 'parameter_declaration').map((node) => [
      childText(node, 'identifier'),
      node.children.some((child) => child?.type === '='),
    ]),
  );

/** Reads one file of `infra`. Throws `SyntaxError` for what is not Bicep. */
export const readBicep = (path: string): BicepFile => {
  const source = readFileSync(join(infraFolder, path), 'utf8');
  const nodes = parseBicep(source);
  return {
    path,
    text: withoutComments(source),
    resources: statements(nodes, 'resource_declaration').map(readResource),
    modules: statements(nodes, 'module_declaration').map(readModule),
    parameters: parametersIn(nodes),
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
