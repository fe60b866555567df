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
});
