import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareSnapshots, type Snapshot } from '../../../scripts/infra/compare-snapshots.js';
import { bicepCache, findBicep, type Machine } from '../../../scripts/infra/find-bicep.js';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'breakwater-home-'));
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

const machine = (environment: Machine['environment'] = {}): Machine => ({ environment, home, platform: 'linux' });

const put = (path: string): string => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, 0o755);
  return path;
};

describe('the Bicep compiler', () => {
  it('is looked for in BICEP, in the cache, on the PATH, and where az puts it, in this order', () => {
    const byAz = put(join(home, '.azure/bin/bicep'));
    expect(findBicep(machine())).toMatchObject({ found: true, path: byAz });

    const onPath = put(join(home, 'tools/bicep'));
    const PATH = ['/nowhere', dirname(onPath)].join(delimiter);
    expect(findBicep(machine({ PATH }))).toMatchObject({ found: true, path: onPath, where: 'the PATH' });

    const cached = put(join(bicepCache(machine()), 'bicep'));
    expect(findBicep(machine({ PATH }))).toMatchObject({ found: true, path: cached });

    const named = put(join(home, 'mine/bicep'));
    expect(findBicep(machine({ PATH, BICEP: named }))).toMatchObject({ found: true, path: named });
  });

  it('that is not found is said with every place that was looked at', () => {
    expect(findBicep(machine({ PATH: '/nowhere', XDG_CACHE_HOME: '/no/cache' }))).toEqual({
      found: false,
      lookedIn: [
        'BICEP',
        expect.stringContaining('/no/cache/breakwater/bicep/'),
        'the PATH',
        'the folder of "az bicep"',
      ],
    });
  });

  it('that BICEP names wrongly, or switches off, is not looked for elsewhere', () => {
    put(join(home, '.azure/bin/bicep'));

    expect(findBicep(machine({ BICEP: '/no/bicep' })).found).toBe(false);
    expect(findBicep(machine({ BICEP: 'off' })).found).toBe(false);
  });

  it('that cannot be run is none', () => {
    chmodSync(put(join(home, '.azure/bin/bicep')), 0o644);

    expect(findBicep(machine()).found).toBe(false);
  });
});

describe('two snapshots', () => {
  const snapshot = (resources: Readonly<Record<string, number>>, outputs = {}): Snapshot => ({
    predictedResources: Object.entries(resources).map(([id, value]) => ({ id, type: 't', name: id, value })),
    outputs,
    diagnostics: [],
  });

  it('differ by what is made, changed and no longer made', () => {
    expect(compareSnapshots(snapshot({ a: 1, b: 1, c: 1 }), snapshot({ b: 1, c: 2, d: 1 }, { x: 1 }))).toEqual([
      '- a',
      '+ d',
      '~ c',
      '~ outputs',
    ]);
  });

  it('do not differ by the order of their resources', () => {
    expect(compareSnapshots(snapshot({ a: 1, b: 1 }), snapshot({ b: 1, a: 1 }))).toEqual([]);
  });
});
