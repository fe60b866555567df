import type { Discrepancy } from '../../../local/ledger/balance.js';

/** One copy as its bot received it, in the order of receipt. */
export interface OrderedCopy {
  readonly id: string;
  readonly sessionId: string | undefined;
}

/** What is known of an event that reached a bot's queue before its sender went on to the next one. */
export interface OrderedEvent {
  /** Events of equal keys belong together: the same session, and in the order of their numbers. */
  readonly key: string;
  readonly number: number;
}

interface Seen {
  readonly sessionId: string | undefined;
  readonly number: number;
}

/**
 * The copies that an ordered bot received after a later one of their conversation, or in another session than the rest of it.
 * `eventOf` answers `undefined` for an event whose place is not determined: one that was deferred, or sent more than once.
 */
export const misordered = (
  holder: string,
  received: readonly OrderedCopy[],
  eventOf: (id: string) => OrderedEvent | undefined,
): readonly Discrepancy[] => {
  const latest = new Map<string, Seen>();
  return received.flatMap(({ id, sessionId }) => {
    const event = eventOf(id);
    if (event === undefined) return [];
    const before = latest.get(event.key);
    latest.set(event.key, { sessionId, number: Math.max(event.number, before?.number ?? 0) });
    const inOrder = before === undefined || (before.number < event.number && before.sessionId === sessionId);
    return inOrder && sessionId !== undefined ? [] : [{ id, holder }];
  });
};
