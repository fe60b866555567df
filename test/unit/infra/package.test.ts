import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { crc32, inflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectPackage, writePackage, zip } from '../../../scripts/package.js';

let root: string;

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};

const main = 'dist/functions/index.cjs';
const telemetry = 'dist/functions/telemetry.cjs';
const others = ['breakwater', 'bursts', 'clients', 'console', 'shared-breakers'].map(
  (file) => `dist/functions/${file}.cjs`,
);
const [ownProviders, reconcile] = ['dist/functions/own-providers.cjs', 'dist/functions/reconcile.cjs'];
const notices = 'THIRD-PARTY-NOTICES.txt';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'breakwater-package-'));
  write(main, 'module.exports = 1;');
  write(`${main}.map`, '{}');
  write(telemetry, 'module.exports = 2;');
  for (const path of [...others, ownProviders, reconcile]) write(path, 'module.exports = 3;');
  write('host.json', '{}');
  write('bots.json', '{"bots":[]}');
  write('README.md', 'not deployed');
  write(notices, 'licences');
  write(
    'package.json',
    JSON.stringify({ name: 'x', version: '1.2.3', type: 'module', main, dependencies: { zod: '4' } }),
  );
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Reads an archive by its central directory, as unzip does. */
const unzip = (archive: Buffer): ReadonlyMap<string, Buffer> => {
  const end = archive.lastIndexOf(Buffer.from('504b0506', 'hex'));
  const count = archive.readUInt16LE(end + 10);
  const files = new Map<string, Buffer>();
  let at = archive.readUInt32LE(end + 16);
  for (let index = 0; index < count; index += 1) {
    expect(archive.readUInt32LE(at)).toBe(0x02014b50);
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    const local = archive.readUInt32LE(at + 42);
    expect(archive.subarray(local, local + 4).toString('hex')).toBe('504b0304');
    expect(archive.subarray(local + 4, local + 30)).toEqual(archive.subarray(at + 6, at + 32));
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const bytes = inflateRawSync(archive.subarray(start, start + archive.readUInt32LE(at + 20)));
    expect([bytes.length, crc32(bytes)]).toEqual([archive.readUInt32LE(at + 24), archive.readUInt32LE(at + 16)]);
    files.set(name, bytes);
    at += 46 + nameLength;
  }
  expect(at).toBe(end);
  return files;
};

describe('the package', () => {
  it('holds the bundle, what is read apart beside it, host.json, package.json, bots.json, the licences, and nothing else', () => {
    const paths = collectPackage(root).map(({ path }) => path);
    const bundles = [...others, main, ownProviders, reconcile, telemetry].toSorted();

    expect(paths).toEqual([notices, 'bots.json', ...bundles, 'host.json', 'package.json']);
  });

  it('holds every file that the build sets apart: the app would not find one that is missing', () => {
    const build = readFileSync(join(import.meta.dirname, '../../../scripts/build.ts'), 'utf8');
    const [, apart = ''] = /^const apart = \{\n([\s\S]*?)^\}/m.exec(build) ?? [];
    const files = [...apart.matchAll(/^ {2}'?([\w-]+)'?:/gm)].map(([, file]) => `dist/functions/${file}.cjs`);

    expect(files).toContain('dist/functions/clients.cjs');
    expect(collectPackage(root).map(({ path }) => path)).toEqual(expect.arrayContaining(files));
  });

  it('holds providers.json when there is one', () => {
    write('providers.json', '{}');

    expect(collectPackage(root).map(({ path }) => path)).toContain('providers.json');
  });

  it('tells the host where the app begins and its version; dependencies stay behind', () => {
    const manifest = collectPackage(root).find(({ path }) => path === 'package.json');

    expect(JSON.parse(manifest?.bytes.toString() ?? '')).toEqual({ name: 'x', version: '1.2.3', private: true, main });
  });

  it('names the bundle itself, whatever names it on a developer’s machine', () => {
    write('package.json', JSON.stringify({ name: 'x', version: '1.2.3', main: 'functions-app.cjs' }));
    const manifest = collectPackage(root).find(({ path }) => path === 'package.json');

    expect(JSON.parse(manifest?.bytes.toString() ?? '')).toHaveProperty('main', main);
  });

  it('is not made of a bundle that has not been built', () => {
    rmSync(join(root, telemetry));
    expect(() => collectPackage(root)).toThrow(/telemetry\.cjs is missing/);

    rmSync(join(root, main));
    expect(() => collectPackage(root)).toThrow(/npm run build/);
  });

  it('comes out of its archive as it went in', () => {
    const files = collectPackage(root);

    const unpacked = unzip(zip(files));

    expect([...unpacked]).toEqual(files.map(({ path, bytes }) => [path, bytes]));
  });

  it('of the same files is the same, byte for byte', () => {
    expect(zip(collectPackage(root)).equals(zip(collectPackage(root)))).toBe(true);
  });

  it('replaces what lay in its folder', () => {
    write('out/left-over.txt', 'old');

    writePackage(collectPackage(root), join(root, 'out'));

    const names = readdirSync(join(root, 'out'), { recursive: true, withFileTypes: true });
    expect(
      names
        .filter((entry) => entry.isFile())
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual([
      notices,
      'bots.json',
      'breakwater.cjs',
      'bursts.cjs',
      'clients.cjs',
      'console.cjs',
      'host.json',
      'index.cjs',
      'own-providers.cjs',
      'package.json',
      'reconcile.cjs',
      'shared-breakers.cjs',
      'telemetry.cjs',
    ]);
    expect(readFileSync(join(root, 'out', main), 'utf8')).toBe('module.exports = 1;');
  });
});
