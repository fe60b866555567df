import { createHash, hash } from 'node:crypto';

const plain = /^[A-Za-z0-9_-]+$/;
const unreserved = /[^A-Za-z0-9_-]/gu;
const maxLength = 300;

const escaped = (character: string): string =>
  [...Buffer.from(character, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');

/**
 * A sender's word as one segment of an event type: letters, digits, `_` and `-` of ASCII stand for themselves, every other
 * character for its bytes in UTF-8, percent-encoded (`deploy.prod` is `deploy%2Eprod`). What would be above 300 characters is
 * the SHA-256 of the word, in hex. `undefined` for an empty word.
 */
export const typeSegment = (word: string | undefined): string | undefined => {
  if (word === undefined || word === '') return undefined;
  if (word.length <= maxLength && plain.test(word)) return word;
  const segment = word.length <= maxLength ? word.toWellFormed().replace(unreserved, escaped) : '';
  return segment === '' || segment.length > maxLength ? `sha256-${hash('sha256', word, 'hex')}` : segment;
};

const escapes = /(?:%[0-9A-Fa-f]{2})+/g;

/** The word that a pattern's segment names: as the sender writes it, or percent-encoded where it must be (`.`, `*`, `%`). */
export const wordOfSegment = (segment: string): string =>
  segment.replace(escapes, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString('utf8'));

interface EventTypeParts {
  readonly provider: string;
  readonly event: string;
  readonly action?: string | undefined;
}

/** `{provider}.{event}[.{action}]`, e.g. `github.pull_request.opened`: what bots' patterns are matched with. */
export const eventType = ({ provider, event, action }: EventTypeParts): string =>
  action === undefined ? `${provider}.${event}` : `${provider}.${event}.${action}`;

const plainId = /^[\x21-\x7e]{1,256}$/;

const usable = (text: string | undefined): string | undefined =>
  text !== undefined && plainId.test(text) ? text : undefined;

/** Everything that tells one event of a sender from another. */
export interface EventIdParts {
  /** The route's name. */
  readonly provider: string;
  readonly source: string;
  readonly type: string;
  /** The sender's own word for the type, where it is known. */
  readonly sentType?: string | undefined;
  /** As sent, whatever it contains; absent or empty: the sender gave none. */
  readonly deliveryId?: string | undefined;
  /** The scope within which the sender's ids are unique, when that is smaller than the route: a topic, a source, a channel. */
  readonly idScope?: string | undefined;
  /** The raw bytes, as received. */
  readonly body: Buffer;
}

/** A `#` in the scope could be taken for the one that joins: such a pair is hashed instead. */
const joined = (scope: string | undefined, id: string): string | undefined => {
  if (scope === undefined) return id;
  return scope.includes('#') ? undefined : `${scope}#${id}`;
};

/** JSON holds no raw line feed, so that what is said and the body stay apart. */
const hashed = ({ provider, source, type, sentType, deliveryId, idScope, body }: EventIdParts): string => {
  const said = JSON.stringify([provider, source, type, sentType ?? null, idScope ?? null, deliveryId ?? null]);
  return `sha256:${createHash('sha256').update(`${said}\n`, 'utf8').update(body).digest('hex')}`;
};

/**
 * The event's id, the same each time the same delivery arrives: its delivery id, joined by `#` with what makes it unique, when
 * that is 1 to 256 printable ASCII characters without spaces; else `sha256:` and the hex digest of all parts, so that what
 * cannot be used is not ignored.
 */
export const eventId = (parts: EventIdParts): string => {
  const { deliveryId = '', idScope } = parts;
  return (deliveryId === '' ? undefined : usable(joined(idScope, deliveryId))) ?? hashed(parts);
};

/** Service Bus accepts no longer `messageId`. */
const maxMessageIdLength = 128;

/** A text as a message id: itself, or its SHA-256 in hex when it is above 128 characters. */
const fitted = (text: string): string => (text.length <= maxMessageIdLength ? text : hash('sha256', text, 'hex'));

/** What identifies a message: the same bytes under the same id on the same route. */
export interface MessageIdentity {
  /** The route's name: a tenant has its own. */
  readonly provider: string;
  /** The envelope's. */
  readonly id: string;
  /** Lower-case hex SHA-256 of the payload. */
  readonly sha256: string;
}

/**
 * The message id of an event, the same for every bot and every repeat: provider, id and the payload's hash. Senders share ids
 * between events, so that a queue that compared ids alone would drop one event for another. No provider's name holds a `:` and
 * every hash is of one length, so that no two identities are ever joined to the same text.
 */
export const eventMessageId = ({ provider, id, sha256 }: MessageIdentity): string =>
  fitted(`${provider}:${id}:${sha256}`);

/**
 * A message id that no queue has seen yet, for deliberate reprocessing: one for each archived copy and command. Under the same
 * `command` the same copy gets the same one.
 */
export const forcedMessageId = (command: string, archiveName: string): string =>
  hash('sha256', JSON.stringify([command, archiveName]), 'hex');

interface TraceSources {
  /** The caller's `traceparent` header. */
  readonly incoming: string | null;
  /** The trace context that the platform gave this request. */
  readonly platform: string | undefined;
  /** `bytes` random bytes as lower-case hex. */
  readonly newHex: (bytes: number) => string;
}

interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: string;
}

/** Fixed places: version, trace id, span id, flags. Whatever a later version adds begins with a hyphen. */
const form = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/;
const lengthOfVersion00 = 55;
const allZero = /^0+$/;

/** Only the sampled and the random-trace-id flag have a meaning; the specification has all others cleared. */
const knownFlags = 0b11;

const clearUnknownFlags = (flags: string): string =>
  (Number.parseInt(flags, 16) & knownFlags).toString(16).padStart(2, '0');

/** Versions above 00 may bring more fields after the flags; `ff` is no version (W3C Trace Context, section 3.2.2). */
const parse = (text: string | null | undefined): TraceParent | undefined => {
  if (text === null || text === undefined || !form.test(text)) return undefined;
  const isVersion = text.startsWith('00') ? text.length === lengthOfVersion00 : !text.startsWith('ff');
  const traceId = text.slice(3, 35);
  const spanId = text.slice(36, 52);
  if (!isVersion || allZero.test(traceId) || allZero.test(spanId)) return undefined;
  const flags = text.slice(53, 55);
  return { traceId, spanId, flags: clearUnknownFlags(flags) };
};

/** The trace that a valid `traceparent` is of: 32 hex digits. */
export const traceIdOf = (text: string | null | undefined): string | undefined => parse(text)?.traceId;

const format = ({ traceId, spanId, flags }: TraceParent): string => `00-${traceId}-${spanId}-${flags}`;

/**
 * The `traceparent` of one event (W3C Trace Context, version 00). A valid incoming one is continued: its trace id and flags,
 * with the platform's span id when the platform continued the same trace, else a new one. Without it the platform's own
 * context stands; without either a new, sampled trace begins.
 */
export const continueTrace = ({ incoming, platform, newHex }: TraceSources): string => {
  const caller = parse(incoming);
  const host = parse(platform);
  if (caller === undefined) return format(host ?? { traceId: newHex(16), spanId: newHex(8), flags: '01' });
  return format({ ...caller, spanId: host?.traceId === caller.traceId ? host.spanId : newHex(8) });
};

/** The length that every participant in a trace must propagate (W3C Trace Context, section 3.3.1.5). */
const maxTraceStateLength = 512;
const maxMembers = 32;

/** A vendor's key and what it says (W3C Trace Context Level 2, section 3.3.1.3): no comma and no further equals sign. */
const memberForm = /^[a-z0-9][a-z0-9_\-*/@]{0,255}=[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;
const spaceAround = /^[ \t]+|[ \t]+$/g;

interface TraceHeaders {
  readonly traceparent: string | null | undefined;
  readonly tracestate?: string | null | undefined;
}

/**
 * The `tracestate` that travels with a caller's trace, its members in their order. `undefined` when it is malformed, longer than
 * 512 characters, of more than 32 members, or when the `traceparent` beside it is missing or not valid.
 */
export const continueTraceState = ({ traceparent, tracestate }: TraceHeaders): string | undefined => {
  if (!tracestate || tracestate.length > maxTraceStateLength) return undefined;
  if (traceIdOf(traceparent) === undefined) return undefined;
  const members = tracestate
    .split(',')
    .map((member) => member.replace(spaceAround, ''))
    .filter((member) => member !== '');
  const isValid = members.length <= maxMembers && members.every((member) => memberForm.test(member));
  return isValid && members.length > 0 ? members.join() : undefined;
};
