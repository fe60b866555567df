/** Longer texts are no names, and must not become part of a key, a subject or a URL. */
const maxTextLength = 1024;

/** Control characters and lone surrogates: no attribute of an event may hold them (CloudEvents, section 3.1, String). */
const forbiddenCharacter = /[\p{Cc}\p{Cs}]/u;

/**
 * Follows own members of plain objects through parsed JSON of unknown shape; `undefined` where the path leaves them. Nothing
 * inherited is ever read, whatever a payload calls its members.
 */
export const memberAt = (value: unknown, ...path: readonly string[]): unknown => {
  let at = value;
  for (const name of path) {
    if (typeof at !== 'object' || at === null || Array.isArray(at) || !Object.hasOwn(at, name)) return undefined;
    at = Reflect.get(at, name);
  }
  return at;
};

/** The text at a path: 1 to 1024 characters, each one that an event's attribute may hold. */
export const textAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  const text = memberAt(value, ...path);
  if (typeof text !== 'string' || text === '' || text.length > maxTextLength) return undefined;
  return forbiddenCharacter.test(text) ? undefined : text;
};

/** The text at a path, whatever its length and letters: for what is encoded before it becomes part of an attribute. */
export const wordAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  const text = memberAt(value, ...path);
  return typeof text === 'string' && text !== '' ? text : undefined;
};

/** The whole number at a path, in digits; `undefined` above 2^53, where parsing has already changed it. */
export const numberAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  const number = memberAt(value, ...path);
  return Number.isSafeInteger(number) && Number(number) >= 0 ? String(number) : undefined;
};

/** The items of the list at a path; none when there is no list. */
export const itemsAt = (value: unknown, ...path: readonly string[]): readonly unknown[] => {
  const items = memberAt(value, ...path);
  return Array.isArray(items) ? items : [];
};

/** Whether an object stands at a path. */
export const hasObjectAt = (value: unknown, ...path: readonly string[]): boolean => {
  const object = memberAt(value, ...path);
  return typeof object === 'object' && object !== null && !Array.isArray(object);
};

/** The identifier at a path: a text, or a whole number of either sign below 2^53, in digits. */
export const idAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  const member = memberAt(value, ...path);
  return Number.isSafeInteger(member) ? String(member) : textAt(value, ...path);
};

/** How a JSON Pointer to a member or an item is spelled (RFC 6901, section 3); the whole document is no fact. */
export const jsonPointerForm = /^(?:\/(?:[^~/]|~[01])*){1,32}$/;

const unescaped = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

const listIndex = /^(?:0|[1-9]\d{0,5})$/;

const step = (value: unknown, token: string): unknown =>
  Array.isArray(value) && listIndex.test(token) ? itemsAt({ value }, 'value')[Number(token)] : memberAt(value, token);

/** The text or integer that a pointer leads to; `undefined` when it leads to nothing or to something else. */
export const textAtPointer = (value: unknown, pointer: string): string | undefined => {
  const found = pointer.split('/').slice(1).map(unescaped).reduce(step, value);
  return idAt({ found }, 'found');
};

const printableUrl = /^https?:\/\/[\x21-\x7e]+$/;
const hostName = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?(:\d{1,5})?$/;

/** An absolute web address without credentials, as the payload spells it. */
export const webUrl = (text: string | undefined): string | undefined => {
  if (text === undefined || !printableUrl.test(text)) return undefined;
  const url = URL.parse(text);
  return url === null || url.username !== '' || url.password !== '' ? undefined : text;
};

/** The origin of an address that `webUrl` lets pass. */
export const originOf = (text: string | undefined): string | undefined => {
  const url = webUrl(text);
  return url === undefined ? undefined : new URL(url).origin;
};

/** `https://{host}` when the text is a host's name, with or without a port. */
export const hostOrigin = (text: string | null | undefined): string | undefined =>
  text !== null && text !== undefined && hostName.test(text) ? `https://${text}` : undefined;

/** `{origin}/{segment}/{segment}…`, up to the first segment that is missing; each is escaped as a URL asks. */
export const urlBelow = (origin: string, ...segments: readonly (string | undefined)[]): string => {
  const missing = segments.indexOf(undefined);
  const present = (missing === -1 ? segments : segments.slice(0, missing)).filter((each) => each !== undefined);
  return [origin, ...present.map(encodeURIComponent)].join('/');
};

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
