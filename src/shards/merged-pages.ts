import type { ArchiveError } from '../archive/archive-error.js';
import type { CallResult } from '../circuit-breaker/call-errors.js';

interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

type AskPage<T> = (from: string | undefined) => Promise<CallResult<Page<T>, ArchiveError>>;

/** Where each shard's listing goes on: at its own mark, `''` at its beginning, `null` for one that has ended. */
const placesFrom = (from: string | undefined, shards: number): readonly (string | null)[] => {
  const read: unknown = from === undefined ? [] : JSON.parse(from);
  const places: readonly unknown[] = Array.isArray(read) ? read : [];
  return Array.from({ length: shards }, (_, index) => {
    const place = places[index];
    return typeof place === 'string' || place === null ? place : '';
  });
};

/**
 * A page of every shard's listing, side by side. Of those that go on, the one that has come least far stands last, so that who reads
 * how far the listing has come by the last name is told no more than is true of all.
 */
export const mergedPages = async <T extends { readonly name: string }>(
  shards: readonly AskPage<T>[],
  from: string | undefined,
): Promise<CallResult<Page<T>, ArchiveError>> => {
  const places = placesFrom(from, shards.length);
  const readings = await Promise.all(
    shards.map(async (ask, index) => {
      const place = places[index];
      return place === null ? undefined : ask(place || undefined);
    }),
  );
  const pages: (Page<T> | undefined)[] = [];
  for (const reading of readings) {
    if (reading?.ok === false) return reading;
    pages.push(reading?.value);
  }
  const frontier = (page: Page<T>): string =>
    page.next === undefined ? '\u{10FFFF}' : (page.items.at(-1)?.name ?? '');
  const leastFarLast = pages
    .flatMap((page) => page ?? [])
    .toSorted((one, other) => (frontier(one) < frontier(other) ? 1 : -1));
  const next = pages.map((page) => page?.next ?? null);
  return {
    ok: true,
    value: {
      items: leastFarLast.flatMap(({ items }) => items),
      ...(next.some((place) => place !== null) && { next: JSON.stringify(next) }),
    },
  };
};
