import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byNewest, type IndexedDelivery } from '../../../src/archive-index/archive-index.js';
import { mergeNewest } from '../../../src/archive-index/merge-newest.js';

const delivery = (ms: number, n: number): IndexedDelivery => ({
  id: `d-${n}`,
  type: 'github.push',
  event: 'push',
  source: 'https://github.com/octo-org/octo-repo',
  time: new Date(ms).toISOString(),
  provider: 'github',
  archived: `github/1970/01/01/d-${n}.json`,
  bytes: 1,
  signature: 'verified',
});

/** Some are in two parts: what was written twice. */
const parts = fc
  .array(
    fc.array(
      fc.nat(60).map((n) => delivery((n * 7_919) % 50, n)),
      { maxLength: 20 },
    ),
    { maxLength: 8 },
  )
  .map((all) => all.map((part) => part.toSorted(byNewest)));

describe('deliveries of several parts', () => {
  it('come newest first and once, in batches of which each is older than the one before', () => {
    fc.assert(
      fc.property(parts, (some) => {
        const all = new Map(some.flat().map((each) => [each.archived, each]));
        const merged = [...mergeNewest(some)].flat();

        expect(merged).toEqual([...all.values()].toSorted(byNewest));
      }),
    );
  });

  it('are not all looked at by who wants but the newest', () => {
    const part = (nth: number) =>
      Array.from({ length: 100 }, (_, n) => delivery(1_000_000 - nth * 100 - n, nth * 100 + n));
    const [first = []] = mergeNewest(Array.from({ length: 30 }, (_, nth) => part(29 - nth)));

    expect(first.map(({ id }) => id)).toEqual(Array.from({ length: 200 }, (_, n) => `d-${n}`));
  });
});
