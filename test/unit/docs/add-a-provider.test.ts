import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { providerFixtures } from '../../../local/senders/provider-fixtures.js';
import { senders } from '../../../local/senders/senders.js';
import { builtInProviders } from '../../../src/providers/built-in.js';
import { readProviders } from '../../../src/settings/read-providers.js';

const root = join(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/add-a-provider.md'), 'utf8');
const names = builtInProviders.map(({ name }) => name);

/** Files that may know a provider by name: its own, the list, its sender, and what joins the histories of senders that have one. */
const mayName = (name: string): RegExp =>
  new RegExp(
    `^src/(providers/(built-in|${name.split('-')[0]}[a-z-]*|standard-webhooks|gitea)|local/senders/${name}-sender|settings/read-reconcile|composition/reconcile-job)\\.ts$`,
  );

describe('adding a provider', () => {
  it('the example of the page is a good providers.json', () => {
    const [, example = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
    const reading = readProviders(example);

    expect(reading).toMatchObject({ ok: true, providers: [{ name: 'github-acme' }, { name: 'acme-billing' }] });
  });

  it('the files that the page names are there', () => {
    const links = [...page.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, path = '']) => path);

    expect(links.filter((path) => globSync(path, { cwd: root }).length === 0)).toEqual([]);
  });

  it.each(
    names.filter((name) => name !== 'github'),
  )('%s: nothing but its file and the list knows it by name', (name) => {
    const quoted = new RegExp(`['"\`]${name}['"\`]`);
    const knowing = globSync('{src,functions}/**/*.ts', { cwd: root })
      .filter((path) => quoted.test(readFileSync(join(root, path), 'utf8')))
      .filter((path) => !mayName(name).test(path));

    expect(knowing).toEqual([]);
  });

  it('every provider has its fixtures, and no fixtures are without a provider', () => {
    const folders = globSync('test/fixtures/providers/*', { cwd: root }).map((path) => basename(path));

    expect(folders.toSorted()).toEqual(names.filter((name) => name !== 'github').toSorted());
    expect(folders.filter((name) => providerFixtures(name).length === 0)).toEqual([]);
  });

  it('every provider can be played on this machine', () => {
    expect(senders.map(({ provider }) => provider)).toEqual(names);
  });

  it('every provider says what it does after failures', () => {
    expect(builtInProviders.filter(({ afterFailure }) => !/^[A-Z].*\.$/.test(afterFailure))).toEqual([]);
  });
});
