import { type Entry, readAnswer } from './delivery-book.js';
import type { BotHoldings } from './holdings.js';

const lifeOf = ({ answer }: Entry): string | undefined => (answer?.kind === 'answered' ? answer.by : undefined);

/**
 * What docs/outbox.md promises: one delivery was answered before the other was sent, and the same process took both. What one process
 * owes another may learn seconds later, and only while storage answers: of those nothing is said here.
 */
const isBefore = (one: Entry, other: Entry): boolean =>
  one.answeredAtMs <= other.sentAtMs &&
  lifeOf(one) === lifeOf(other) &&
  readAnswer(one.answer).quarantined === readAnswer(other.answer).quarantined;

const isKept = ({ answer }: Entry): boolean => {
  const { acknowledged, owed, quarantined } = readAnswer(answer);
  return acknowledged || owed || quarantined;
};

/** The events that a bot received after a later one of their conversation though the order was promised, or in another session than the rest of it. */
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
