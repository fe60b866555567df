import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { ArchiveError } from './archive-error.js';
import type { GuardedList } from './guarded-archive.js';

export interface BusyDaysQuery {
  readonly providers: readonly string[];
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly timeoutMs: number;
}

/** A day on which something may have arrived, and from whom. */
export interface BusyDay {
  readonly startMs: number;
  /** As it stands in archive names: `2026/01/31`. */
  readonly day: string;
  readonly providers: readonly string[];
}

const dayMs = 86_400_000;
const listedTogether = 8;
/** Days that are as well listed as looked up. */
const fewDays = 3;

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10).replaceAll('-', '/');

const dayIn = (name: string): string => name.split('/').slice(1, 4).join('/');

/**
 * The days of a stretch of time on which anything may have been archived, in order. A month of one provider takes one listing: one
 * that fits its page names its days, of one that does not each day counts. Most providers have none, so that a year is looked through
 * in seconds.
 */
export const busyDays = async (
  list: GuardedList,
  { providers, fromMs, toMs, timeoutMs }: BusyDaysQuery,
): Promise<CallResult<readonly BusyDay[], ArchiveError>> => {
  const firstMs = Math.floor(fromMs / dayMs) * dayMs;
  const days = Array.from({ length: Math.max(0, Math.ceil((toMs - firstMs) / dayMs)) }, (_, n) => {
    const startMs = firstMs + n * dayMs;
    return { startMs, day: dayOf(startMs) };
  });
  if (days.length <= fewDays) return { ok: true, value: days.map((each) => ({ ...each, providers })) };
  const months = [...new Set(days.map(({ day }) => day.slice(0, 7)))];
  const looks = providers.flatMap((provider) => months.map((month) => ({ provider, month })));
  const busy = new Set<string>();
  for (let next = 0; next < looks.length; next += listedTogether) {
    const pages = await Promise.all(
      looks.slice(next, next + listedTogether).map(async ({ provider, month }) => {
        const page = await list(`${provider}/${month}/`, undefined, timeoutMs);
        return { provider, month, page };
      }),
    );
    for (const { provider, month, page } of pages) {
      if (!page.ok) return page;
      const { entries, next: more } = page.value;
      if (more !== undefined) busy.add(`${provider} ${month}`);
      for (const { name } of entries) busy.add(`${provider} ${dayIn(name)}`);
    }
  }
  const on = ({ day }: { readonly day: string }) =>
    providers.filter((provider) => busy.has(`${provider} ${day}`) || busy.has(`${provider} ${day.slice(0, 7)}`));
  const found = days.map((each) => ({ ...each, providers: on(each) }));
  return { ok: true, value: found.filter((each) => each.providers.length > 0) };
};
