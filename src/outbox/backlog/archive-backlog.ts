import { hash } from 'node:crypto';
import { encodeMetadata } from '../../archive/blob-form.js';
import type { PayloadToArchive } from '../../archive/payload-archive.js';
import { eventMessageId } from '../../envelope/event-identity.js';
import type { QueueMessage } from '../../routing/event-queue.js';
import type { NewOwedCopy } from '../record/new-record.js';

/**
 * A repeat that owes other copies is another message: the backlog's duplicate detection would drop it for the first one, and what it owes
 * with it.
 */
const backlogMessageId = (eventId: string, undelivered: readonly NewOwedCopy[]): string =>
  undelivered.length === 0
    ? eventId
    : hash('sha256', JSON.stringify([eventId, undelivered.map(({ queue }) => queue).toSorted()]), 'hex');

/**
 * A payload on its way to the archive by the other store: its encoded envelope (the payload inside, byte for byte), and the
 * very metadata that the blob will carry as application properties. Copies that did not get through travel along in `owed`:
 * whoever archives the payload writes their outbox record too. `messageid` is the id that the copies have.
 */
export const buildBacklogMessage = (
  payload: PayloadToArchive,
  envelope: Buffer,
  undelivered: readonly NewOwedCopy[],
): QueueMessage => {
  const { attributes } = payload;
  const eventId = eventMessageId({ ...attributes, sha256: payload.sha256 });
  return {
    body: envelope,
    messageId: backlogMessageId(eventId, undelivered),
    correlationId: attributes.correlationid,
    subject: attributes.type,
    contentType: 'application/cloudevents+json',
    applicationProperties: {
      ...encodeMetadata(payload),
      ...(undelivered.length > 0 && { owed: JSON.stringify(undelivered), messageid: eventId }),
    },
  };
};

/** What its record will say of its place among those of its sessions. */
interface Place {
  /** The time that orders it; absent: its event's time of arrival. */
  readonly orderedAt: string | undefined;
  readonly behindBacklog: boolean;
}

/** The same message, which says the place of its record. */
export const placed = (message: QueueMessage, { orderedAt, behindBacklog }: Place): QueueMessage => ({
  ...message,
  applicationProperties: {
    ...message.applicationProperties,
    ...(orderedAt !== undefined && { orderedat: orderedAt }),
    ...(behindBacklog && { behindbacklog: 'true' }),
  },
});
