import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';

/** One file of the package: its path inside, with slashes, and its bytes. */
export interface PackagedFile {
  readonly path: string;
  readonly bytes: Buffer;
}

const bundlePath = 'dist/functions/index.cjs';
const apart = [
  'breakwater',
  'bursts',
  'clients',
  'console',
  'own-providers',
  'reconcile',
  'shared-breakers',
  'telemetry',
] as const;
const built = [bundlePath, ...apart.map((file) => `dist/functions/${file}.cjs`)];
const copied = [...built, 'host.json', 'bots.json', 'THIRD-PARTY-NOTICES.txt'];
const optional = ['providers.json'] as const;

/** The host reads `main`, the app its version; dependencies would make a remote build install what the bundle holds. */
const reducedManifest = (text: string): Buffer => {
  const manifest: Readonly<Record<string, unknown>> = JSON.parse(text);
  const { name, version } = manifest;
  return Buffer.from(`${JSON.stringify({ name, version, private: true, main: bundlePath }, undefined, 2)}\n`);
};

/** Everything that is deployed and nothing else, from the project at `root`, sorted by path. */
export const collectPackage = (root: string): readonly PackagedFile[] => {
  const read = (path: string): Buffer => readFileSync(join(root, path));
  const missing = built.find((path) => !existsSync(join(root, path)));
  if (missing !== undefined) throw new Error(`${missing} is missing; run "npm run build" first`);
  const paths = [...copied, ...optional.filter((path) => existsSync(join(root, path)))];
  const reduced = { path: 'package.json', bytes: reducedManifest(read('package.json').toString()) };
  return [...paths.map((path) => ({ path, bytes: read(path) })), reduced].sort((a, b) => (a.path < b.path ? -1 : 1));
};

/** 1 January 1980, the first day that the format knows: the same files always make the same bytes. */
const dosDate = 0x0021;
const versionNeeded = 20;
const deflated = 8;
const utf8Names = 0x0800;
const regularFile = 0o100644;

const integers = (sizes: readonly (readonly [value: number, bytes: 2 | 4])[]): Buffer => {
  const buffer = Buffer.alloc(sizes.reduce((length, [, bytes]) => length + bytes, 0));
  let offset = 0;
  for (const [value, bytes] of sizes) offset = buffer.writeUIntLE(value, offset, bytes);
  return buffer;
};

interface ZippedFile {
  readonly name: Buffer;
  readonly body: Buffer;
  /** What both headers of a file have in common: from the version to the lengths. */
  readonly facts: readonly (readonly [value: number, bytes: 2 | 4])[];
}

const zipFile = ({ path, bytes }: PackagedFile): ZippedFile => {
  const name = Buffer.from(path);
  const body = deflateRawSync(bytes, { level: 9 });
  const facts = [
    [versionNeeded, 2],
    [utf8Names, 2],
    [deflated, 2],
    [0, 2],
    [dosDate, 2],
    [crc32(bytes), 4],
    [body.length, 4],
    [bytes.length, 4],
    [name.length, 2],
    [0, 2],
  ] as const;
  return { name, body, facts };
};

const localHeader = ({ name, facts }: ZippedFile): Buffer =>
  Buffer.concat([integers([[0x04034b50, 4], ...facts]), name]);

/** Made by Unix (3), so that the permissions in the upper half of the external attributes count. */
const centralHeader = ({ name, facts }: ZippedFile, offset: number): Buffer => {
  const rest = [
    [0, 2],
    [0, 2],
    [0, 2],
    [regularFile * 0x10000, 4],
    [offset, 4],
  ] as const;
  return Buffer.concat([integers([[0x02014b50, 4], [(3 << 8) | versionNeeded, 2], ...facts, ...rest]), name]);
};

/** A zip archive of these files (PKWARE APPNOTE 6.3, deflate, no zip64: far below 4 GB). */
export const zip = (files: readonly PackagedFile[]): Buffer => {
  const zipped = files.map(zipFile);
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const file of zipped) {
    const header = localHeader(file);
    local.push(header, file.body);
    central.push(centralHeader(file, offset));
    offset += header.length + file.body.length;
  }
  const directory = Buffer.concat(central);
  const end = integers([
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [files.length, 2],
    [files.length, 2],
    [directory.length, 4],
    [offset, 4],
    [0, 2],
  ]);
  return Buffer.concat([...local, directory, end]);
};

/** Writes the files below `folder`, which holds nothing else afterwards. */
export const writePackage = (files: readonly PackagedFile[], folder: string): void => {
  rmSync(folder, { recursive: true, force: true });
  for (const { path, bytes } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
};

const kilobytes = (bytes: number): string => `${Math.ceil(bytes / 1024)} KB`;

const run = (): void => {
  const root = join(import.meta.dirname, '..');
  const files = collectPackage(root);
  const archive = zip(files);
  writePackage(files, join(root, 'dist/package'));
  writeFileSync(join(root, 'dist/breakwater.zip'), archive);
  for (const { path, bytes } of files) console.log(`  ${path}  ${kilobytes(bytes.length)}`);
  console.log(`dist/breakwater.zip  ${kilobytes(archive.length)} (the same files lie in dist/package)`);
};

if (process.argv[1] === import.meta.filename) run();
