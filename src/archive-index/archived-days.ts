import type { ArchiveError } from '../archive/archive-error.js';
import { archivedEventFrom } from '../archive/archived-event.js';
import type { GuardedList } from '../archive/guarded-archive.js';
import type { ArchiveEntry } from '../archive/payload-archive.js';
import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { Clock } from '../time/clock.js';
import { byNewest, deliveryFrom, type IndexedDelivery } from './archive-index.js';
import type { Batches } from './newest-deliveries.js';

export interface ArchivedDaysPorts {
  readonly list: GuardedList;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

export interface ArchivedDaysQuery {
  readonly providers: readonly string[];
  readonly beforeMs: number;
  /** Nothing new arrives before `beforeMs`: what was listed a moment ago is good enough. */
  readonly settled: boolean;
}

/** `undefined`: more than one page holds. */
type Listing = CallResult<readonly IndexedDelivery[] | undefined, ArchiveError>;

const dayMs = 86_400_000;
const callTimeoutMs = 8_000;
/** As far back as a replay reaches. */
const mostDays = 366;
const keptMs = 60_000;
const maxKept = 20_000;

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10).replaceAll('-', '/');

const deliveriesIn = (entries: readonly ArchiveEntry[]): readonly IndexedDelivery[] =>
  entries.flatMap((entry) => {
    const event = archivedEventFrom(entry);
    return event === undefined ? [] : [deliveryFrom(event)];
  });

/**
 * What the archive itself lists, a day at a time, newest first, as far back as a year. Slower than the index, for its names are in no
 * order of time: a day is listed whole. A month of one provider that fits one page is listed once, and kept for a minute.
 */
export class ArchivedDays {
  readonly #ports: ArchivedDaysPorts;
  readonly #kept = new Map<string, { readonly listing: Listing; readonly untilMs: number; readonly count: number }>();

  constructor(ports: ArchivedDaysPorts) {
    this.#ports = ports;
  }

  async *newest({ providers, beforeMs, settled }: ArchivedDaysQuery): Batches {
    for (let n = 0; n < mostDays; n += 1) {
      const day = dayOf(beforeMs - n * dayMs);
      const isOpen = n <= 1 && !settled;
      const listings = await Promise.all(
        providers.map((provider) =>
          isOpen ? this.#listDay(provider, day) : this.#dayOfMonth(provider, { day, settled }),
        ),
      );
      const deliveries: IndexedDelivery[] = [];
      for (const listing of listings) {
        if (!listing.ok) return yield listing;
        deliveries.push(...(listing.value ?? []));
      }
      yield { ok: true, value: deliveries.toSorted(byNewest) };
    }
  }

  async #dayOfMonth(
    provider: string,
    { day, settled }: { readonly day: string; readonly settled: boolean },
  ): Promise<Listing> {
    const month = `${provider}/${day.slice(0, 7)}/`;
    // What was kept while deliveries were still coming says nothing about the days that were open then.
    const whole = await this.#keeping(`${settled} ${month}`, () => this.#listPage(month));
    if (!whole.ok) return whole;
    const prefix = `${provider}/${day}/`;
    if (whole.value === undefined) return this.#keeping(`${settled} ${prefix}`, () => this.#listDay(provider, day));
    return { ok: true, value: whole.value.filter(({ archived }) => archived.startsWith(prefix)) };
  }

  async #listPage(prefix: string): Promise<Listing> {
    const page = await this.#ports.list(prefix, undefined, callTimeoutMs);
    if (!page.ok) return page;
    return { ok: true, value: page.value.next === undefined ? deliveriesIn(page.value.entries) : undefined };
  }

  async #listDay(provider: string, day: string): Promise<Listing> {
    const found: IndexedDelivery[] = [];
    let from: string | undefined;
    do {
      const page = await this.#ports.list(`${provider}/${day}/`, from, callTimeoutMs);
      if (!page.ok) return page;
      found.push(...deliveriesIn(page.value.entries));
      from = page.value.next;
    } while (from !== undefined);
    return { ok: true, value: found };
  }

  async #keeping(key: string, list: () => Promise<Listing>): Promise<Listing> {
    const nowMs = this.#ports.clock.monotonicMs();
    for (const [name, { untilMs }] of this.#kept) if (untilMs <= nowMs) this.#kept.delete(name);
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept.listing;
    const listing = await list();
    const count = listing.ok ? (listing.value?.length ?? 0) : 0;
    const held = [...this.#kept.values()].reduce((sum, each) => sum + each.count, 0);
    if (listing.ok && held + count <= maxKept) this.#kept.set(key, { listing, untilMs: nowMs + keptMs, count });
    return listing;
  }
}
