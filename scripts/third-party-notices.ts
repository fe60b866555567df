import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareTexts } from '../src/text/text.js';

/** What `npm run build` says of what it put inside: folders of packages below the project, in what is deployed and in what others import. */
interface BundledPackages {
  readonly deployed: readonly string[];
  readonly exported: readonly string[];
}

interface BundledPackage {
  readonly id: string;
  readonly licence: string;
  /** What its licence asks to be passed on. */
  readonly texts: readonly string[];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const readObject = (path: string): Readonly<Record<string, unknown>> => {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return isObject(value) ? value : {};
};

const foldersIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((folder) => typeof folder === 'string') : [];

/** What the last build below `root` put inside. */
export const readBundledPackages = (root: string): BundledPackages => {
  const { deployed, exported } = readObject(join(root, 'dist/bundled-packages.json'));
  return { deployed: foldersIn(deployed), exported: foldersIn(exported) };
};

const textOf = (path: string): string =>
  readFileSync(path, 'utf8')
    .replaceAll('\r\n', '\n')
    .replaceAll(/[ \t]+$/gm, '')
    .trim();

/** Who holds the rights, for a package that names its licence and comes without the text. */
const holder = ({ author, homepage, repository }: Readonly<Record<string, unknown>>): string => {
  const names = [author, isObject(author) ? author['name'] : undefined, homepage, repository];
  const url = isObject(repository) ? repository['url'] : undefined;
  const found = [...names, url].filter((each) => typeof each === 'string');
  return `The package comes without the text of its licence. It names: ${found.join(', ')}`;
};

const readPackage = (folder: string): BundledPackage => {
  const manifest = readObject(join(folder, 'package.json'));
  const { name, version, license } = manifest;
  if (typeof name !== 'string' || typeof version !== 'string' || typeof license !== 'string')
    throw new Error(`${folder} does not say its name, version and licence; look what it may be used for`);
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  const texts = files.toSorted(compareTexts).map((file) => textOf(join(folder, file)));
  return { id: `${name}@${version}`, licence: license, texts: texts.length === 0 ? [holder(manifest)] : texts };
};

/** Names and versions, `name@version`, of the packages in these folders. */
export const packageIds = (root: string, folders: readonly string[]): readonly string[] =>
  folders.map((folder) => readPackage(join(root, folder)).id);

const line = '-'.repeat(80);

/** `THIRD-PARTY-NOTICES.txt`: every package whose code is in what is deployed or in what others import, with what its licence asks to be passed on. */
export const thirdPartyNotices = (root: string): string => {
  const { deployed, exported } = readBundledPackages(root);
  const packages = [...new Set([...deployed, ...exported])].map((folder) => readPackage(join(root, folder)));
  const licences = new Map(packages.map(({ id, licence }) => [id, licence]));
  const byText = Map.groupBy(
    packages.flatMap(({ id, texts }) => texts.map((text) => ({ id, text }))),
    ({ text }) => text,
  );
  const sections = [...byText]
    .map(([text, members]) => ({
      text,
      ids: [...new Set(members.map(({ id }) => id))].toSorted(compareTexts).join('\n'),
    }))
    .toSorted((a, b) => compareTexts(a.ids, b.ids))
    .map(({ text, ids }) => `${line}\n${ids}\n${line}\n\n${text}\n`);
  return [
    'Breakwater holds code of the packages below, each under its own licence. "npm run schemas" writes this file from what the build put inside.\n',
    `${[...licences]
      .toSorted(([a], [b]) => compareTexts(a, b))
      .map(([id, licence]) => `${id}  ${licence}`)
      .join('\n')}\n`,
    ...sections,
  ].join('\n');
};
