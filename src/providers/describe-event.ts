import type { SentAttributes } from '../envelope/encode-envelope.js';
import { typeSegment } from '../envelope/event-identity.js';
import type { EventDescription, ExactReply } from './provider.js';

const maxNameLength = 300;

/** What separates the words of a name: all that is neither a letter nor a digit of any alphabet, nor `_` or `-`. */
const separators = /[^\p{L}\p{M}\p{N}_-]+/gu;
const edges = /^\.+|\.+$/g;

/**
 * A sender's word for what happened, as it stands in a type: letters, digits, `_` and `-` are kept, whatever is between
 * becomes one dot (`pullrequest:created` is `pullrequest.created`); letters beyond ASCII are percent-encoded. A name above 300
 * characters is hashed. `undefined` when nothing is left.
 */
export const eventName = (text: string | null | undefined): string | undefined => {
  const name = (text ?? '').replace(separators, '.').replace(edges, '');
  if (name.length > maxNameLength) return typeSegment(name);
  return name === '' ? undefined : name.split('.').map(typeSegment).join('.');
};

/** `{part}/{part}…` of those that are there; `undefined` when none is. */
export const joinSubject = (...parts: readonly (string | undefined)[]): string | undefined => {
  const present = parts.filter((part) => part !== undefined);
  return present.length === 0 ? undefined : present.join('/');
};

/** `{kind}/{id}`, or nothing without an id. */
export const entity = (kind: string, id: string | undefined): string | undefined =>
  id === undefined ? undefined : `${kind}/${id}`;

/** What a delivery says, each fact as its sender spells it; absent facts are filled in by the general rule. */
export interface EventFacts {
  readonly event: string | null | undefined;
  readonly action?: string | undefined;
  readonly deliveryId?: string | null | undefined;
  /** What the sender keeps its ids unique within, where that is less than a route: a topic, a source, a channel. */
  readonly idScope?: string | undefined;
  /** URI of what sent it. */
  readonly source: string;
  readonly subject?: string | undefined;
  /** `owner/repo`, for forges. */
  readonly repository?: string | undefined;
  /** The workspace, account or project that it happened in, for senders without repositories. */
  readonly place?: string | undefined;
  /** The conversation that it belongs to, when that is not its subject. */
  readonly conversation?: string | undefined;
  readonly reply?: ExactReply | undefined;
  /** Something in the body is of this one occurrence alone, while id or event stand in a header that is not signed. */
  readonly isUnique?: boolean;
  /** What it says beside the payload and no other fact holds, by the names that they will have as extensions. */
  readonly sent?: Readonly<Record<string, string | null | undefined>> | undefined;
}

/** The name of an event that does not say what it is. */
const namelessEvent = 'unknown';

const keysOf = ({ source, subject, repository, place, conversation }: EventFacts): EventDescription['sessionKeys'] => {
  const widest = repository ?? place ?? source;
  return { entity: conversation ?? subject ?? widest, repository: widest, source };
};

/** Those that were said; `undefined` when none was. */
export const presentIn = (said: Readonly<Record<string, string | null | undefined>>): SentAttributes | undefined => {
  const present: Record<string, string> = {};
  for (const name of Object.keys(said)) {
    const value = said[name];
    if (value) present[name] = value;
  }
  return Object.keys(present).length === 0 ? undefined : present;
};

/**
 * The general rule by which facts become an event. Names are spelt as types ask, an action is kept whatever its letters. It is
 * ordered by its conversation, else its subject, else its repository or place, else its source; never by nothing.
 */
export const describeEvent = (facts: EventFacts): EventDescription => {
  const action = typeSegment(facts.action);
  const sent = presentIn(facts.sent ?? {});
  const { deliveryId, idScope, source, subject, repository, reply } = facts;
  return {
    kind: 'event',
    event: eventName(facts.event) ?? namelessEvent,
    ...(action !== undefined && { action }),
    ...(deliveryId && { deliveryId }),
    ...(idScope !== undefined && { idScope }),
    source,
    ...(subject !== undefined && { subject }),
    ...(repository !== undefined && { repository }),
    sessionKeys: keysOf(facts),
    ...(reply !== undefined && { reply }),
    ...(facts.isUnique && { isUnique: true }),
    ...(sent !== undefined && { sent }),
  };
};
