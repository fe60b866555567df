import type { DeliveryHistory, HistoryRefusal, PastAttempt } from './delivery-history.js';
import {
  addAttempts,
  type HookState,
  longestBackMs,
  type MissedDelivery,
  overlapMs,
  stillMissed,
} from './missed-deliveries.js';

/** Ten thousand attempts per run and hook, the next run reads the rest: twelve runs an hour use a quarter of the requests that GitHub allows. */
const maxPages = 100;
/** Otherwise the list of what succeeded would grow with the traffic. */
const maxRemembered = 20_000;

export interface HistoryReading {
  readonly state: HookState;
  readonly attemptsRead: number;
  /** Why it ended early. */
  readonly failure?: string;
  /** Whether what is missed may be asked for: not while newer attempts are unread, or the sender does not answer. */
  readonly isUsable: boolean;
}

export interface ReadingTime {
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/** A sender's time that is ahead of ours, or missing, counts as ours. */
const inThePast = (attempt: PastAttempt, nowMs: number): PastAttempt => ({
  ...attempt,
  atMs: attempt.atMs < nowMs ? attempt.atMs : nowMs,
});

/** Longer than senders' own: the state and the tables hold thousands of them. */
const longestName = 256;

const hasUsableNames = ({ id, deliveryId, event }: PastAttempt): boolean =>
  [id, deliveryId, event].every(({ length }) => length > 0 && length <= longestName);

/** Reads what is new in a hook's history, back to where the last reading ended, and continues where that one had to stop. */
export const readHistory = async (
  history: DeliveryHistory,
  known: HookState | undefined,
  { nowMs, signal }: ReadingTime,
): Promise<HistoryReading> => {
  const readThroughMs = Math.min(known?.readThroughMs ?? 0, nowMs);
  const floorMs = Math.max(readThroughMs - overlapMs, nowMs - longestBackMs);
  const succeeded = new Set(known?.unfinished?.succeeded);
  const seen = new Set<string>();
  let missed: ReadonlyMap<string, MissedDelivery> = new Map(
    (known?.missed ?? []).map((each) => [each.deliveryId, each]),
  );
  let newestMs = Math.min(known?.unfinished?.newestMs ?? 0, nowMs);
  let next = known?.unfinished?.next;
  let attemptsRead = 0;

  const complete = (): HistoryReading => {
    const state = { readThroughMs: Math.max(newestMs, readThroughMs), missed: stillMissed(missed, nowMs) };
    return { state, attemptsRead, isUsable: true };
  };
  const unfinished = (from: string | undefined, failure?: string): HistoryReading => {
    const left = from !== undefined && {
      unfinished: { next: from, newestMs, succeeded: [...succeeded].slice(-maxRemembered) },
    };
    const state = { readThroughMs, missed: stillMissed(missed, nowMs), ...left };
    return { state, attemptsRead, ...(failure !== undefined && { failure }), isUsable: false };
  };
  const stopped = ({ reason, meaning }: HistoryRefusal): HistoryReading =>
    // A cursor that the sender no longer takes would be refused for ever.
    unfinished(meaning === 'unknown' ? undefined : next, reason);

  for (let pages = 0; pages < maxPages && !signal.aborted; pages += 1) {
    const page = await history.list(next, signal);
    if (!page.ok) return stopped(page);
    const attempts = page.value.attempts.filter(hasUsableNames);
    const isRepeated = attempts.length > 0 && attempts.every(({ id }) => seen.has(id));
    // What was read is read, and what is older cannot be: its end is not known, so that the next run looks again.
    if (isRepeated) return { ...unfinished(undefined, 'repeating-pages'), isUsable: true };
    for (const { id } of attempts) seen.add(id);
    const fresh = attempts.filter(({ atMs }) => !(atMs < floorMs)).map((each) => inThePast(each, nowMs));
    attemptsRead += fresh.length;
    newestMs = Math.max(newestMs, ...fresh.map(({ atMs }) => atMs));
    missed = addAttempts(missed, fresh, succeeded);
    next = page.value.next;
    if (next === undefined || fresh.length < attempts.length) return complete();
  }
  const isEmpty = seen.size === 0 && !signal.aborted;
  return isEmpty ? { ...unfinished(undefined, 'repeating-pages'), isUsable: true } : unfinished(next);
};
