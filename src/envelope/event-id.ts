import { createHash } from 'node:crypto';

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
  /** As sent, whatever it holds; absent or empty: the sender gave none. */
  readonly deliveryId?: string | undefined;
  /** What the sender keeps its ids unique within, where that is less than the route: a topic, a source, a channel. */
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
