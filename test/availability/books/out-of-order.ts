import { type Entry, readAnswer } from './delivery-book.js';
import type { BotHoldings } from './holdings.js';

/** A sender can only speak of an order when one delivery was answered, and kept, before it sent the next. */
const isBefore = (one: Entry, other: Entry): boolean => one.answeredAtMs <= other.sentAtMs;

const isKept = ({ answer }: Entry): boolean => {
  const { acknowledged, owed, quarantined } = readAnswer(answer);
  return acknowledged || owed || quarantined;
};

/** The events that a bot received after a later one of their conversation, or in another session than the rest of it. */
export const outOfOrder = (
  { orderBy, received }: BotHoldings,
  entries: ReadonlyMap<string, Entry>,
): readonly string[] => {
  if (orderBy === undefined) return [];
  const earlier = new Map<string, Entry[]>();
  const sessions = new Map<string, string | undefined>();
  return received.flatMap(({ id, sessionId }) => {
    const entry = entries.get(id);
    if (entry === undefined) return [];
    const { repository, entity, entityNumber } = entry.delivery;
    const key = orderBy === 'repository' ? repository : `${repository}/${entity}/${entityNumber}`;
    const before = earlier.get(key) ?? [];
    const isOvertaken = isKept(entry) && before.some((other) => isBefore(entry, other));
    const session = sessions.get(key) ?? sessionId;
    earlier.set(key, [...before, entry]);
    sessions.set(key, session);
    return isOvertaken || sessionId === undefined || session !== sessionId ? [id] : [];
  });
};
