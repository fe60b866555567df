import { idAt, memberAt } from './read-member.js';

/** Members by which an event's payloads are known, e.g. `pull_request`, or `data.issue` for one inside another. */
export interface EventMembers {
  /** What every payload of the event has; none: nothing tells it by itself. */
  readonly always: readonly string[];
  /** What some have, and other events are known by. */
  readonly sometimes?: readonly string[];
}

/** Every event that a sender's payloads can be told by. */
export type EventTable = Readonly<Record<string, EventMembers>>;

const isThere = (payload: unknown, path: string): boolean => memberAt(payload, ...path.split('.')) !== undefined;

/** What an event may have, by event. */
const vocabularyOf = ({ always, sometimes = [] }: EventMembers): ReadonlySet<string> =>
  new Set([...always, ...sometimes]);

interface Reading {
  /** For senders that write `null` for what is not there. */
  readonly isPresent?: (payload: unknown, path: string) => boolean;
  /** A member that every payload of the sender has, whatever its event. */
  readonly everywhere?: string;
}

/**
 * Tells of which other event a payload is when it cannot be of the claimed one: it has all that the other always has, and either
 * lacks what the claimed one always has, or has what that one never has and is wholly explained by the other. `undefined` for
 * whatever may be genuine: events that the table does not know, payloads that it cannot place, fragments.
 */
export const createOtherEvent = (
  table: EventTable,
  { isPresent = isThere, everywhere }: Reading = {},
): ((event: string, payload: unknown) => string | undefined) => {
  const events = Object.entries(table).map(([name, members]) => ({ name, ...members, may: vocabularyOf(members) }));
  const byName = new Map(events.map((each) => [each.name, each]));
  const others = events.filter(({ always }) => always.length > 0);
  return (event, payload) => {
    const claimed = byName.get(event);
    if (claimed === undefined) return undefined;
    const isWhole = claimed.always.every((path) => isPresent(payload, path));
    const isComplete = everywhere !== undefined && isPresent(payload, everywhere);
    const found = others.find((other) => {
      if (other === claimed || !other.always.every((path) => isPresent(payload, path))) return false;
      const isForeign = other.always.some((path) => !claimed.may.has(path));
      return isWhole ? isForeign && claimed.always.every((path) => other.may.has(path)) : isForeign || isComplete;
    });
    return found?.name;
  };
};

/** By event, where its payloads say what is of this one occurrence alone: a commit, or when its entity was changed. */
export type Evidence = Readonly<Record<string, string>>;

/** Whether a payload of that event says so. A fragment without it may come twice, and so may events that are not listed. */
export const hasEvidence = (evidence: Evidence, event: string, payload: unknown): boolean => {
  const path = Object.hasOwn(evidence, event) ? evidence[event] : undefined;
  return path !== undefined && idAt(payload, ...path.split('.')) !== undefined;
};
