import { encodeMetadata } from '../../archive/archive-metadata.js';
import type { PayloadToArchive } from '../../archive/payload-archive.js';
import { eventMessageId } from '../../envelope/event-identity.js';
import type { QueueMessage } from '../../routing/event-queue.js';
import type { NewOwedCopy } from '../record/new-record.js';

/**
 * A payload on its way to the archive by the other store: its encoded envelope (the payload inside, byte for byte), and the
 * very metadata that the blob will carry as application properties. Copies that did not get through travel along in `owed`:
 * whoever archives the payload writes their outbox record too.
 */
export const buildBacklogMessage = (
  payload: PayloadToArchive,
  envelope: Buffer,
  undelivered: readonly NewOwedCopy[],
): QueueMessage => {
  const { attributes } = payload;
  return {
    body: envelope,
    messageId: eventMessageId({ ...attributes, sha256: payload.sha256 }),
    correlationId: attributes.correlationid,
    subject: attributes.type,
    contentType: 'application/cloudevents+json',
    applicationProperties: {
      ...encodeMetadata(payload),
      ...(undelivered.length > 0 && { owed: JSON.stringify(undelivered) }),
    },
  };
};

/** The same message, whose record is ordered by another time than that of its event's arrival. */
export const orderedBy = (message: QueueMessage, orderedAt: string): QueueMessage => ({
  ...message,
  applicationProperties: { ...message.applicationProperties, orderedat: orderedAt },
});
