import type { ArchiveError } from '../../archive/archive-error.js';
import type { CallResult } from '../../circuit-breaker/call-errors.js';
import { compareTexts } from '../../text/text.js';
import type { GuardedOutbox, PendingRecord } from './outbox-store.js';

export interface OldestQuery {
  /** Records up to this one are passed over; absent: begin with the oldest. */
  readonly after: PendingRecord | undefined;
  /** Most records that are held in memory and answered. */
  readonly limit: number;
  readonly timeoutMs: number;
}

/** By the time of arrival, which names tell to the hour only. */
export const byAge = (one: PendingRecord, other: PendingRecord): number =>
  compareTexts(one.time, other.time) || compareTexts(one.name, other.name);

const hourOf = (record: PendingRecord | undefined): string => record?.name.slice(0, '2026/01/02/03'.length) ?? '';

/**
 * The oldest records after a given one, oldest first. Names come hour by hour, so the listing ends with the hour that fills
 * the limit; however many records one hour holds, no more than `limit` and one page are held at a time.
 */
export const oldestRecords = async (
  { list }: Pick<GuardedOutbox, 'list'>,
  { after, limit, timeoutMs }: OldestQuery,
): Promise<CallResult<readonly PendingRecord[], ArchiveError>> => {
  let oldest: readonly PendingRecord[] = [];
  let from: string | undefined;
  do {
    const page = await list(from, timeoutMs);
    if (!page.ok) return page;
    const { records, next } = page.value;
    const later = after === undefined ? records : records.filter((record) => byAge(record, after) > 0);
    oldest = [...oldest, ...later].toSorted(byAge).slice(0, limit);
    const full = oldest.length === limit && hourOf(records.at(-1)) > hourOf(oldest.at(-1));
    from = full ? undefined : next;
  } while (from !== undefined);
  return { ok: true, value: oldest };
};
