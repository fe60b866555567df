import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { circles } from '../../../scripts/house/circles.js';
import { type House, surveyHouse } from '../../../scripts/house/rooms.js';
import { readSources } from '../../../scripts/house/source-files.js';

const long = `${'// a line\n'.repeat(15)}`;

const files = {
  'src/hall/door.ts': `import type { Key } from '../cellar/key.js';\n${long}export type Door = Key;\n`,
  'src/hall/window.ts': 'export const window = 1;\n',
  'src/cellar/key.ts': `export type Key = string;\nexport const find = () => import('./deep/chest.js');\n${long}`,
  'src/cellar/deep/chest.ts': `export {\n  door,\n} from '../../hall/door.js';\n${long}`,
  'src/attic/box.ts': `import { window } from '../hall/window.js';\nimport { lid } from './lid.js';\n${long}`,
  'src/attic/lid.ts': `export * from './box.js';\n${long}`,
  'local/shed.ts': long,
};

describe('house', () => {
  let root: string;
  let house: House;

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'house-'));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    house = surveyHouse(readSources(root, ['src']));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it('counts the files and lines of each folder without those of the folders in it', () => {
    expect(
      house.rooms.map(({ folder, files: count, lines, smallFiles }) => [folder, count, lines, smallFiles]),
    ).toEqual([
      ['src/attic', 2, 33, 0],
      ['src/cellar', 1, 17, 0],
      ['src/cellar/deep', 1, 18, 0],
      ['src/hall', 2, 18, 1],
    ]);
  });

  it('names the files that are too small to stand alone', () => {
    expect(house.smallFiles).toEqual([{ path: 'src/hall/window.ts', lines: 1 }]);
  });

  it('sees what folders import: values, types, what is exported again and what is loaded later', () => {
    expect(house.rooms.map(({ folder, imports }) => [folder, imports])).toEqual([
      ['src/attic', ['src/hall']],
      ['src/cellar', ['src/cellar/deep']],
      ['src/cellar/deep', ['src/hall']],
      ['src/hall', ['src/cellar']],
    ]);
  });

  it('finds folders and files that import each other in a circle', () => {
    expect(house.folderCircles).toEqual([['src/cellar', 'src/cellar/deep', 'src/hall']]);
    expect(house.fileCircles).toEqual([
      ['src/cellar/deep/chest.ts', 'src/cellar/key.ts', 'src/hall/door.ts'],
      ['src/attic/box.ts', 'src/attic/lid.ts'],
    ]);
  });

  it('a name that leads into a circle is no part of it', () => {
    const arrows = new Map([
      ['before', new Set(['one'])],
      ['one', new Set(['two'])],
      ['two', new Set(['one', 'after'])],
      ['after', new Set<string>()],
    ]);

    expect(circles(arrows)).toEqual([['one', 'two']]);
  });
});
