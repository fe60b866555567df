import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergedPages } from '../../../src/shards/merged-pages.js';
import { shardOf, tagName, untagName } from '../../../src/shards/shard-of.js';

const keys = Array.from({ length: 4_000 }, (_, index) => `octo-org/repo-${index % 40}/pull_request/${index}`);

describe('shards', () => {
  it('take even shares', () => {
    for (const names of [
      ['', '2'],
      ['', '2', '3'],
      ['', 'a', 'b', 'c', 'd'],
    ]) {
      const counts = names.map((_, shard) => keys.filter((key) => shardOf(names, key) === shard).length);

      const fair = keys.length / names.length;
      for (const count of counts) expect(Math.abs(count - fair)).toBeLessThan(fair * 0.15);
    }
  });

  it('a further one takes keys of the others to itself alone', () => {
    const [before, after] = [
      ['', '2'],
      ['', '2', '3'],
    ];

    const moved = keys.filter((key) => before?.[shardOf(before, key)] !== after?.[shardOf(after, key)]);

    expect(moved.every((key) => after !== undefined && shardOf(after, key) === 2)).toBe(true);
    expect(moved.length / keys.length).toBeGreaterThan(0.28);
  });

  it('the order in which they are listed changes nothing', () => {
    for (const key of keys.slice(0, 500)) {
      expect(['', '2', '3'][shardOf(['', '2', '3'], key)]).toBe(['3', '', '2'][shardOf(['3', '', '2'], key)]);
    }
  });

  it('a name with its shard reads as both, whatever the name', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9A-Za-z/.-]{1,80}$/), fc.constantFrom('', '2', 'east-1'), (name, shard) => {
        expect(untagName(tagName(name, shard))).toEqual({ name, shard });
      }),
    );
  });
});

describe('a merged listing', () => {
  const listing = (names: readonly string[], pageSize: number) => async (from: string | undefined) => {
    const begin = from === undefined ? 0 : Number(from);
    const end = begin + pageSize;
    const items = names.slice(begin, end).map((name) => ({ name }));
    return { ok: true as const, value: { items, ...(end < names.length && { next: String(end) }) } };
  };

  it('shows every item of every shard once, and its last name never runs ahead of a shard that goes on', async () => {
    const hours = fc.array(fc.integer({ min: 0, max: 99 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(hours, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 7 }),
        async (all, size) => {
          const shards = all.map((some, shard) =>
            some
              .toSorted((one, other) => one - other)
              .map((hour, n) => `${String(hour).padStart(2, '0')}/${shard}-${n}`),
          );
          const lists = shards.map((names) => listing(names, size));
          const seen: string[] = [];
          let from: string | undefined;
          do {
            const page = await mergedPages(lists, from);
            if (!page.ok) throw new Error('It fails');
            seen.push(...page.value.items.map(({ name }) => name));
            const last = page.value.items.at(-1)?.name ?? '';
            from = page.value.next;
            if (from === undefined) continue;
            for (const name of shards.flat()) {
              if (!seen.includes(name)) expect(name.slice(0, 2) >= last.slice(0, 2)).toBe(true);
            }
          } while (from !== undefined);

          expect(seen.toSorted()).toEqual(shards.flat().toSorted());
        },
      ),
    );
  });
});
