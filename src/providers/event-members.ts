import { memberAt } from './read-member.js';

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
  const byClaimed = new Map<string, ReturnType<typeof compare>>();
  /** What the table alone says of the claimed event and the others: few are left to look for in a payload. */
  const compare = (claimed: (typeof events)[number]) => {
    const others = events.filter((other) => other !== claimed && other.always.length > 0);
    const foreign = others.filter(({ always }) => always.some((path) => !claimed.may.has(path)));
    const explaining = foreign.filter(({ may }) => claimed.always.every((path) => may.has(path)));
    return { claimed, others, foreign, explaining };
  };
  const compared = (event: string) => {
    const claimed = byName.get(event);
    const known = byClaimed.get(event) ?? (claimed && compare(claimed));
    if (known !== undefined) byClaimed.set(event, known);
    return known;
  };
  return (event, payload) => {
    const known = compared(event);
    if (known === undefined) return undefined;
    const hasAll = ({ always }: EventMembers): boolean => always.every((path) => isPresent(payload, path));
    if (hasAll(known.claimed)) return known.explaining.find(hasAll)?.name;
    const isComplete = everywhere !== undefined && isPresent(payload, everywhere);
    return (isComplete ? known.others : known.foreign).find(hasAll)?.name;
  };
};

/** By event, where its payloads say when this one occurrence was. */
export type Evidence = Readonly<Record<string, string>>;

const dayMs = 86_400_000;
const firstMs = 1e11;

/** Dates as texts, and as seconds or milliseconds since 1970. */
const timeAt = (payload: unknown, path: string): number => {
  const value = memberAt(payload, ...path.split('.'));
  if (typeof value === 'number') return value < firstMs ? value * 1000 : value;
  return typeof value === 'string' ? Date.parse(value) : Number.NaN;
};

/** Whether a payload says at a path that it is of just now: within a day, as no published sample and no fragment does. */
export const isOfNow = (payload: unknown, path: string, receivedAt: Date): boolean =>
  Math.abs(timeAt(payload, path) - receivedAt.getTime()) <= dayMs;

/** The same, at the path that an event has it; events that are not listed may have the same bytes twice. */
export const hasEvidence = (evidence: Evidence, event: string, { payload, receivedAt }: Occurrence): boolean => {
  const path = Object.hasOwn(evidence, event) ? evidence[event] : undefined;
  return path !== undefined && isOfNow(payload, path, receivedAt);
};

/** What was said, and when it arrived. */
export interface Occurrence {
  readonly payload: unknown;
  readonly receivedAt: Date;
}
