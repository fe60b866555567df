import { messageId } from '../envelope/message-id.js';
import type { QueueMessage } from '../routing/event-queue.js';
import { encodeMetadata } from './archive-metadata.js';
import type { PayloadToArchive } from './payload-archive.js';

/** The queue that holds what the archive is still owed, while storage fails. */
export const archiveBacklogQueue = 'webhook-archive-backlog';

/**
 * A payload on its way to the archive by the other store: its encoded envelope (the payload inside, byte for byte), and the
 * very metadata that the blob will carry as application properties. The message id names the provider too, since ids are
 * unique per provider only.
 */
export const buildBacklogMessage = (payload: PayloadToArchive, envelope: Buffer): QueueMessage => {
  const { attributes } = payload;
  return {
    body: envelope,
    messageId: messageId(`${attributes.provider}:${attributes.id}`),
    correlationId: attributes.correlationid,
    subject: attributes.type,
    contentType: 'application/cloudevents+json',
    applicationProperties: encodeMetadata(payload),
  };
};
