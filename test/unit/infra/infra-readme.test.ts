import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bicepFiles, infraFolder, projectRoot, readBicep } from './read-bicep.js';

const readme = readFileSync(join(infraFolder, 'README.md'), 'utf8');
const guide = readFileSync(join(projectRoot, 'docs/deployment.md'), 'utf8');
const table = /<!-- resources -->([\s\S]*)<!-- \/resources -->/.exec(readme)?.[1] ?? '';

describe('the documentation of the infrastructure', () => {
  it('lists every type of resource, and no other', () => {
    const listed = [...table.matchAll(/^\| `([A-Za-z./]+)` \|/gm)].map(([, type]) => type);
    const made = new Set(bicepFiles.flatMap(({ resources }) => resources.map(({ type }) => type)));

    expect(listed.toSorted()).toEqual([...made].toSorted());
  });

  it('names every parameter as a switch, and no other', () => {
    const switches = [...table.matchAll(/\|([^|]*)\|\n/g)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    );

    expect([...new Set(switches)].toSorted()).toEqual([...readBicep('main.bicep').parameters.keys()].toSorted());
  });

  it('explains every alert', () => {
    const { text } = readBicep('modules/alerts.bicep');
    const names = [...text.matchAll(/^ {4,8}name: '([a-z0-9-]+)'/gm)].map(([, name = '']) => name);

    expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });

  it('says every variable that the parameters are read from', () => {
    const parameters = readFileSync(join(infraFolder, 'main.parameters.json'), 'utf8');
    const variables = [...parameters.matchAll(/\$\{(BREAKWATER_\w+)/g)].map(([, name = '']) => name);

    expect(variables.length).toBeGreaterThan(3);
    expect(variables.filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
  });

  it('tells before the first deployment what Azure does not change later, and who may lock', () => {
    const [, decisions = ''] = /## Decide before the first deployment\n([\s\S]*?)\n## /.exec(guide) ?? [];
    const fixed = [...readBicep('main.bicep').text.matchAll(/^@description\('(.*)'\)\nparam (\w+)/gm)]
      .filter(([, text = '']) => /does not change it later|cannot be undone|new deployments only/.test(text))
      .map(([, , name = '']) => name);

    expect(fixed).toEqual(
      expect.arrayContaining(['serviceBusTier', 'serviceBusPartitions', 'archiveImmutabilityDays']),
    );
    for (const name of [...fixed, 'location', 'environmentName', 'zoneRedundant', 'archiveRedundancy', 'ordered'])
      expect(decisions).toContain(`\`${name}\``);
    expect(decisions).toMatch(/`archiveImmutabilityLocked`, or every later deployment fails/);
    expect(decisions).toMatch(/`lockArchive` needs \*Owner\* or \*User Access Administrator\*/);
    expect(decisions).toMatch(/fails in a region without zones/);
  });

  it('tells what a deployment leaves behind: roles of bots that are gone, what immutability and purge protection keep', () => {
    expect(guide).toContain('Taking an entry out does not take its roles away');
    const [, removal = ''] = /- \*\*Remove\*\*: ([\s\S]*?)\n\n/.exec(guide) ?? [];
    for (const part of ['azd down', 'immutability holds payloads', 'Purge protection', 'BREAKWATER_RECOVER_KEY_VAULT'])
      expect(removal).toContain(part);
  });
});
