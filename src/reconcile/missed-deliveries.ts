import type { PastAttempt } from './delivery-history.js';

/** A delivery whose every known attempt has failed. */
export interface MissedDelivery {
  readonly deliveryId: string;
  /** The latest attempt: the one that is repeated. */
  readonly attemptId: string;
  readonly event: string;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** How often we have asked for it. */
  readonly asked: number;
  readonly askedAtMs?: number;
}

/** How far a reading came that one run could not end: it goes on there. */
export interface UnfinishedReading {
  readonly next: string;
  readonly newestMs: number;
  readonly succeeded: readonly string[];
}

/** What is known of one hook. Everything up to `readThroughMs` has been read. */
export interface HookState {
  readonly readThroughMs: number;
  readonly missed: readonly MissedDelivery[];
  readonly unfinished?: UnfinishedReading;
}

/** GitHub keeps attempts for three days (REST API, repository webhooks). */
export const longestBackMs = 3 * 86_400_000;

/** Attempts may show up in the history a little later than others that began after them. */
export const overlapMs = 10 * 60_000;

/** Attempts are numbered as they are made; the numbers may be longer than JavaScript's. */
const byNumber = (one: string, other: string): number =>
  one.length - other.length || (one < other ? -1 : one > other ? 1 : 0);

const merged = (known: MissedDelivery | undefined, { id, deliveryId, atMs, event }: PastAttempt): MissedDelivery => {
  if (known === undefined) return { deliveryId, attemptId: id, event, firstAtMs: atMs, lastAtMs: atMs, asked: 0 };
  const firstAtMs = Math.min(known.firstAtMs, atMs);
  if (byNumber(id, known.attemptId) <= 0) return { ...known, firstAtMs };
  return { ...known, attemptId: id, firstAtMs, lastAtMs: Math.max(known.lastAtMs, atMs) };
};

/**
 * Adds attempts, read from the newest to the oldest, to what is missed. `succeeded` remembers what has arrived, since its failed
 * attempts are read later; it grows.
 */
export const addAttempts = (
  missed: ReadonlyMap<string, MissedDelivery>,
  attempts: readonly PastAttempt[],
  succeeded: Set<string>,
): ReadonlyMap<string, MissedDelivery> => {
  const next = new Map(missed);
  for (const attempt of attempts) {
    const { deliveryId } = attempt;
    if (attempt.succeeded) succeeded.add(deliveryId);
    if (succeeded.has(deliveryId)) next.delete(deliveryId);
    else next.set(deliveryId, merged(next.get(deliveryId), attempt));
  }
  return next;
};

/** What the sender can still be asked for, oldest first. */
export const stillMissed = (missed: ReadonlyMap<string, MissedDelivery>, nowMs: number): readonly MissedDelivery[] =>
  [...missed.values()]
    .filter(({ firstAtMs }) => nowMs - firstAtMs < longestBackMs)
    .toSorted((one, other) => one.firstAtMs - other.firstAtMs || byNumber(one.attemptId, other.attemptId));

const mostAsked = 3;

/** A delivery that has just failed may be in the middle of another attempt, or be verified and taken by ourselves. */
const settleMs = 60_000;

/** A time from a clock that was ahead counts as past. */
const isOver = (atMs: number, forMs: number, nowMs: number): boolean => atMs > nowMs || nowMs - atMs >= forMs;

/** Whether it makes sense to ask for it now: never a fourth time, and not before the last repeat could have shown up. */
export const isDue = ({ asked, askedAtMs = 0, lastAtMs }: MissedDelivery, nowMs: number): boolean =>
  asked < mostAsked && isOver(lastAtMs, settleMs, nowMs) && isOver(askedAtMs, overlapMs / 2, nowMs);

/** Whether nothing more is done for it. */
export const isGivenUp = ({ asked }: MissedDelivery): boolean => asked >= mostAsked;
