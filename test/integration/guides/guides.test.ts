import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command, type Item, items, type Place } from './throw-away-items.js';
import { copyTree, type TreeCopy } from './tree-copy.js';

const root = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** The numbered places of a guide, without those for some only ("when", "new"). */
const placesOf = ({ page, guide }: Item): string => {
  const [, section = ''] = read(page).split(`\n${guide}\n`);
  return section.split(/\n#+ /)[0] ?? '';
};

/** Paths that a guide names, from the root of the tree; a folder stands for what it holds. */
const named = (item: Item): readonly string[] => {
  const text = placesOf(item);
  const links = [...text.matchAll(/\]\(([^)#\s]+)/g)].map(([, link = '']) =>
    posix.join(posix.dirname(item.page), link),
  );
  const spelled = [...text.matchAll(/`((?:src|test|local|docs)\/[^`]*)`/g)].map(([, path = '']) => path);
  return [...links, ...spelled];
};

const isNamed = (path: string, names: readonly string[]): boolean =>
  names.some((name) => {
    const form = name.replaceAll(/[.]/g, '\\.').replaceAll(/<\w+>|\*/g, '[\\w-]+');
    return new RegExp(`^${form}${name.endsWith('/') ? '.*' : ''}$`).test(path);
  });

/** The guide for a command goes on from that for an endpoint. */
const namesFor = (item: Item): readonly string[] =>
  item === command
    ? [...named(item), ...items.filter(({ guide }) => guide.includes('endpoint')).flatMap(named)]
    : named(item);

/** Several checkers would each look at what they share. */
const typecheck = (project: string, ...further: readonly string[]) =>
  ['-p', project, '--pretty', 'false', '--singleThreaded', ...further] as const;

/** What guides change and the compiler holds, without what takes most of its time: the tests, and what is never deployed. */
const product: Place = {
  path: 'tsconfig.product.json',
  text: JSON.stringify({
    extends: './tsconfig.json',
    compilerOptions: { tsBuildInfoFile: 'product.tsbuildinfo' },
    include: ['src', 'functions'],
  }),
};

/** The same item under another name, without one of the files that it takes. */
const without = (item: Item, path: string, letter: string): readonly Place[] => {
  const renamed = (text: string): string =>
    text
      .replaceAll(
        /(throw|cast)([-_])(away|out|off)/gi,
        (all, _, dash) => `${all}${dash}${/[A-Z]{3}/.test(all) ? letter.toUpperCase() : letter}`,
      )
      .replaceAll(/(throw|cast)(Away|Out|Off)/gi, (all) => `${all}${letter.toUpperCase()}`);
  return item.places
    .filter((place) => place.path !== path)
    .map((place) =>
      'text' in place
        ? { path: renamed(place.path), text: renamed(place.text) }
        : { path: place.path, before: place.before, insert: renamed(place.insert) },
    );
};

/** Held by tests alone; the compiler holds the others. */
const isHeldByTests = (path: string): boolean => /^(docs|test)\/|\/built-in\.ts$/.test(path);

interface Omission {
  readonly item: Item;
  readonly path: string;
  readonly letter: string;
}

const omissions: readonly Omission[] = items
  .flatMap((item) => [...new Set(item.places.map(({ path }) => path))].map((path) => ({ item, path })))
  .filter(({ item, path }) => path !== item.wherever)
  .map((each, at) => ({ ...each, letter: `q${String.fromCharCode(97 + at)}` }));

const heldByCompiler = omissions.filter(({ path }) => !isHeldByTests(path));
/** One of each guide at a time: the compiler says one thing of one statement. */
const rounds = [0, 1, 2, 3].map((round) =>
  heldByCompiler.filter((omission) => heldByCompiler.filter(({ item }) => item === omission.item)[round] === omission),
);

describe('the guides of CONTRIBUTING.md', () => {
  let tree: TreeCopy;
  /** Of its own for the tests, beside the compiler. */
  let otherTree: TreeCopy;

  beforeAll(() => {
    tree = copyTree();
    otherTree = copyTree();
  });

  afterAll(() => {
    tree?.remove();
    otherTree?.remove();
  });

  it.each(items)('$guide: names every place that it takes', (item) => {
    const names = namesFor(item);

    const places = item.places.map(({ path }) => path).filter((path) => path !== item.wherever);
    expect(places.filter((path) => !isNamed(path, names))).toEqual([]);
  });

  it('followed word for word give a tree that compiles and whose tests pass', async () => {
    tree.change(items.flatMap(({ places }) => places));
    const compiling = tree.run('tsc', ...typecheck('.', '--incremental', 'false', '--tsBuildInfoFile', 'null'));
    const built = await tree.run('node', 'scripts/build-once.ts', '--always');
    const generated = await tree.run('node', 'dist/local/generate-schemas.js');
    const tested = await tree.run(
      'vitest',
      ...[
        'run',
        '--project',
        'unit',
        '--maxWorkers',
        '1',
        '--reporter',
        'dot',
        'test/unit/docs',
        'test/unit/settings',
        'test/unit/openapi',
      ],
      ...['test/unit/composition', 'test/unit/architecture.test.ts', 'test/unit/providers/every-fixture.test.ts'],
    );

    expect(built.output).toBe('');
    expect(await compiling).toEqual({ ok: true, output: '' });
    expect(generated.ok).toBe(true);
    expect(tested.ok || tested.output).toBe(true);
  });

  /** Those of which nothing is heard when they are left out together. */
  const unheard = async (
    { change, run }: TreeCopy,
    left: readonly Omission[],
    ...command: readonly [string, ...string[]]
  ) => {
    const undo = change(left.flatMap(({ item, path, letter }) => without(item, path, letter)));
    const { output } = await run(...command);
    undo();
    const isHeard = ({ letter }: Omission): boolean => new RegExp(`(away|out|off)(-|_)?${letter}`, 'i').test(output);
    return left.filter((omission) => !isHeard(omission)).map(({ item, path }) => `${item.guide}: ${path}`);
  };

  it.concurrent('name no place that the compiler would let be left out', async () => {
    tree.change([product]);
    for (const left of rounds.filter((round) => round.length > 0)) {
      expect(await unheard(tree, left, 'tsc', ...typecheck(product.path))).toEqual([]);
    }
  });

  it.concurrent('name no place that the tests would let be left out', async () => {
    const left = omissions.filter(({ path }) => isHeldByTests(path));

    expect(left).not.toEqual([]);
    expect(
      await unheard(
        otherTree,
        left,
        'vitest',
        'run',
        '--project',
        'unit',
        '--maxWorkers',
        '1',
        '--reporter',
        'default',
        'test/unit/docs/providers.test.ts',
        'test/unit/docs/security.test.ts',
        'test/unit/docs/add-a-provider.test.ts',
      ),
    ).toEqual([]);
  });
});
