import { createHash } from 'node:crypto';

const plainDeliveryId = /^[\x21-\x7e]{1,256}$/;

/** A delivery id that can be an event's id: 1 to 256 printable ASCII characters without spaces. Anything else counts as absent. */
export const usableDeliveryId = (text: string | null | undefined): string | undefined =>
  text !== null && text !== undefined && plainDeliveryId.test(text) ? text : undefined;

interface EventIdParts {
  readonly provider: string;
  readonly deliveryId?: string | undefined;
  /** The raw bytes, as received. */
  readonly body: Buffer;
}

/**
 * The event's id, the same each time the same delivery arrives: its delivery id when that is usable, else `sha256:` and the
 * hex digest of the provider's name, a line feed (which no name holds, so the two parts stay apart) and the raw body.
 */
export const eventId = ({ provider, deliveryId, body }: EventIdParts): string =>
  usableDeliveryId(deliveryId) ??
  `sha256:${createHash('sha256').update(`${provider}\n`, 'utf8').update(body).digest('hex')}`;
