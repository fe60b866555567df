import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { generateSchemas } from '../../../scripts/generate-schemas.js';
import { releaseNotes } from '../../../scripts/release-notes.js';
import { withScopes } from '../../../scripts/sbom.js';
import { thirdPartyNotices } from '../../../scripts/third-party-notices.js';
import { projectRoot } from './read-bicep.js';

describe('notes of a release', () => {
  const manifest = '{"version":"1.2.0"}';
  const changelog =
    '# Changelog\n\n## [Unreleased]\n\n- new\n\n## [1.2.0] - 2026-01-02\n\n### Added\n\n- this\n\n## [1.1.0] - 2026-01-01\n\n- old\n';

  it('are what the changelog says of its version and of no other', () => {
    expect(releaseNotes({ tag: 'v1.2.0', manifest, changelog })).toBe('### Added\n\n- this');
    expect(releaseNotes({ tag: 'v1.2.0', manifest, changelog: changelog.replaceAll('\n', '\r\n') })).toBe(
      '### Added\n\n- this',
    );
  });

  it.each([
    ['whose tag is of another version than the package', { tag: 'v1.1.0', manifest, changelog }],
    [
      'that the changelog does not date',
      { tag: 'v1.2.0', manifest, changelog: changelog.replace(' - 2026-01-02', '') },
    ],
    [
      'of which it says nothing',
      { tag: 'v1.2.0', manifest, changelog: '## [1.2.0] - 2026-01-02\n\n## [1.1.0] - 2026-01-01\n' },
    ],
    [
      'of which another version with the same beginning is there',
      { tag: 'v1.2.0', manifest, changelog: '## [1.2.0-rc.1] - 2026-01-02\n\n- x\n' },
    ],
  ])('there are none for a release %s', (_, release) => {
    expect(() => releaseNotes(release)).toThrow(/^(The tag is|CHANGELOG\.md says nothing)/);
  });
});

describe('bill of materials', () => {
  const npmBill = {
    bomFormat: 'CycloneDX',
    metadata: { component: { name: 'folder', version: '1.0.0', purl: 'pkg:npm/breakwater@1.0.0' } },
    components: ['1.0.0', '2.0.0'].map((version) => ({ name: '@a/b', version, scope: 'optional', hashes: [] })),
  };

  it('tells what is bundled from what only builds and tests, version by version', () => {
    const { components, metadata } = withScopes(npmBill, ['@a/b@2.0.0']);

    expect(components.map(({ version, scope }) => [version, scope])).toEqual([
      ['1.0.0', 'excluded'],
      ['2.0.0', 'required'],
    ]);
    expect(components[0]).toHaveProperty('hashes');
    expect(metadata.component.name).toBe('breakwater');
  });

  it('is not written without something that is bundled', () => {
    expect(() => withScopes(npmBill, ['@a/b@2.0.0', 'c@1.0.0'])).toThrow(
      'Bundled, and not in package-lock.json: c@1.0.0',
    );
  });
});

describe('third-party notices', () => {
  let root: string;

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };

  const install = (folder: string, manifest: object, files: Readonly<Record<string, string>>): void => {
    write(`${folder}/package.json`, JSON.stringify(manifest));
    for (const [file, text] of Object.entries(files)) write(`${folder}/${file}`, text);
  };

  const bundle = (deployed: readonly string[], exported: readonly string[] = []): void =>
    write('dist/bundled-packages.json', JSON.stringify({ deployed, exported }));

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'breakwater-notices-'));
    install('node_modules/a', { name: 'a', version: '1.0.0', license: 'MIT' }, { LICENSE: 'Copyright A\n' });
    install('node_modules/b', { name: 'b', version: '1.0.0', license: 'MIT' }, { 'license.md': 'Copyright A\r\n' });
    install(
      'node_modules/c',
      { name: 'c', version: '1.0.0', license: 'Apache-2.0' },
      { LICENSE: 'Apache', NOTICE: 'By C' },
    );
    install(
      'node_modules/c/node_modules/a',
      { name: 'a', version: '2.0.0', license: 'ISC' },
      { LICENCE: 'Copyright A2' },
    );
    install(
      'node_modules/d',
      { name: 'd', version: '1.0.0', license: 'MIT', author: { name: 'Dora' } },
      { 'index.js': '' },
    );
  });

  afterEach(() => rmSync(root, { recursive: true }));

  it('pass on each licence and notice once, with all the packages that it is of', () => {
    bundle(['node_modules/b', 'node_modules/a', 'node_modules/c'], ['node_modules/a', 'node_modules/c/node_modules/a']);

    const text = thirdPartyNotices(root);

    expect(text).toContain('a@1.0.0  MIT\na@2.0.0  ISC\nb@1.0.0  MIT\nc@1.0.0  Apache-2.0\n');
    expect(text.match(/Copyright A$/gm)).toHaveLength(1);
    expect(text).toMatch(/-\na@1\.0\.0\nb@1\.0\.0\n-+\n\nCopyright A\n/);
    expect(text).toMatch(/-\nc@1\.0\.0\n-+\n\nApache\n[\s\S]*-\nc@1\.0\.0\n-+\n\nBy C\n/);
    expect(text).toContain('Copyright A2');
    expect(text).not.toContain('d@1.0.0');
  });

  it('name who holds the rights where a package comes without its licence', () => {
    bundle(['node_modules/d']);

    expect(thirdPartyNotices(root)).toContain('comes without the text of its licence. It names: Dora');
  });

  it('are not written for a package that says no licence', () => {
    install('node_modules/e', { name: 'e', version: '1.0.0' }, {});
    bundle(['node_modules/e']);

    expect(() => thirdPartyNotices(root)).toThrow(/licence/);
  });

  it('are outdated as soon as something else is bundled', () => {
    bundle(['node_modules/a']);
    generateSchemas({ root, check: false });
    bundle(['node_modules/a', 'node_modules/d']);

    expect(generateSchemas({ root, check: true })).toEqual({ outdated: ['THIRD-PARTY-NOTICES.txt'] });
  });
});

describe('what the bundles hold', () => {
  const read = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');
  const [list = ''] = read('THIRD-PARTY-NOTICES.txt').split(/^-+$/m);
  const listed = [...list.matchAll(/^(\S+@\S+) {2}(.+)$/gm)];

  it('is what package-lock.json says, version by version', () => {
    const { packages } = z
      .object({ packages: z.record(z.string(), z.object({ version: z.string().optional() })) })
      .parse(JSON.parse(read('package-lock.json')));
    const locked = new Set(
      Object.entries(packages).map(([path, { version }]) => `${path.replace(/^.*node_modules\//, '')}@${version}`),
    );

    expect(listed.length).toBeGreaterThan(50);
    expect(listed.map(([, id = '']) => id).filter((id) => !locked.has(id))).toEqual([]);
  });

  it('is under licences that ask for no more than to be passed on', () => {
    const permissive = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0'];

    expect(listed.filter(([, , licence = '']) => !permissive.includes(licence)).map(([line]) => line)).toEqual([]);
  });
});
