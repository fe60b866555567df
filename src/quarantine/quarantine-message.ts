import { archiveBacklogQueue, type QueueMessage } from '../routing/event-queue.js';
import { entryOf } from './quarantine-name.js';

const property = 'quarantine';

/** A record on its way to the quarantine by the other store, and the queue it travels through. */
export const buildQuarantineMessage = (
  name: string,
  bytes: Buffer,
): { readonly queue: string; readonly message: QueueMessage } => ({
  queue: archiveBacklogQueue,
  message: {
    body: bytes,
    messageId: `quarantine:${name.slice(name.lastIndexOf('/') + 1)}`,
    correlationId: '',
    subject: 'quarantined',
    contentType: 'application/octet-stream',
    applicationProperties: { [property]: name },
  },
});

interface Backlogged {
  readonly body: Buffer;
  readonly applicationProperties: Readonly<Record<string, string>>;
}

/** The record that a message of the backlog holds: `undefined` for any other message, `damaged` for a name that no record has. */
export const readQuarantineMessage = ({
  body,
  applicationProperties,
}: Backlogged): { readonly name: string; readonly bytes: Buffer } | 'damaged' | undefined => {
  const name = applicationProperties[property];
  if (name === undefined) return undefined;
  return entryOf(name, body.length) === undefined ? 'damaged' : { name, bytes: body };
};
