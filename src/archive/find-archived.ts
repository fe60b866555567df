import type { CallResult } from '../circuit-breaker/call-errors.js';
import { compareTexts } from '../text/text.js';
import type { ArchiveError } from './archive-error.js';
import { type ArchivedEvent, archivedEventFrom } from './archived-event.js';
import { safeFileName } from './blob-form.js';
import type { GuardedList } from './guarded-archive.js';

export interface EventSearch {
  readonly id: string;
  readonly providers: readonly string[];
  /** `yyyy/MM/dd`, the likeliest first. */
  readonly days: readonly string[];
  readonly timeoutMs: number;
}

const dayMs = 86_400_000;
/** So many days are looked at side by side. */
const stride = 8;

/** The days back from a moment, newest first, as they stand in archive names. */
export const daysBack = (fromMs: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => new Date(fromMs - n * dayMs).toISOString().slice(0, 10).replaceAll('-', '/'));

const byArrival = (one: ArchivedEvent, other: ArchivedEvent): number =>
  compareTexts(one.attributes.time, other.attributes.time);

/** Every archived event with this id, oldest first, from the first days that hold any; empty when none does. */
export const findArchived = async (
  list: GuardedList,
  { id, providers, days, timeoutMs }: EventSearch,
): Promise<CallResult<readonly ArchivedEvent[], ArchiveError>> => {
  const file = safeFileName(id);
  for (let first = 0; first < days.length; first += stride) {
    const prefixes = days
      .slice(first, first + stride)
      .flatMap((day) => providers.map((provider) => `${provider}/${day}/${file}`));
    const pages = await Promise.all(prefixes.map((prefix) => list(prefix, undefined, timeoutMs)));
    const found: ArchivedEvent[] = [];
    for (const page of pages) {
      if (!page.ok) return page;
      found.push(...page.value.entries.flatMap((entry) => archivedEventFrom(entry) ?? []));
    }
    const events = found.filter(({ attributes }) => attributes.id === id);
    if (events.length > 0) {
      return { ok: true, value: events.toSorted(byArrival) };
    }
  }
  return { ok: true, value: [] };
};

/** The same in several accounts: one that fails hides nothing that another one has. */
export const findInAccounts = async (
  lists: readonly GuardedList[],
  search: EventSearch,
): Promise<CallResult<readonly ArchivedEvent[], ArchiveError>> => {
  const readings = await Promise.all(lists.map((list) => findArchived(list, search)));
  const found = readings.flatMap((reading) => (reading.ok ? reading.value : []));
  const failed = readings.find((reading) => !reading.ok);
  if (found.length === 0 && failed !== undefined) return failed;
  return { ok: true, value: found.toSorted(byArrival) };
};
