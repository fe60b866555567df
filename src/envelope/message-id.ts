import { hash } from 'node:crypto';

/** Service Bus takes no longer `messageId`. */
const maxMessageIdLength = 128;

/** The message id that stands for an event's id: the id itself, or its SHA-256 in hex when it is above 128 characters. */
export const messageId = (id: string): string => (id.length <= maxMessageIdLength ? id : hash('sha256', id, 'hex'));

/** UUIDs, and the hash of provider and body. */
const uniqueAnywhere = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|sha256:[0-9a-f]{64})$/i;

/** GitHub's delivery ids are UUIDs, whatever a test of one's own may send. */
const senderOfUuids = 'github';

/**
 * The message id of an event, the same for everyone and every repeat: the event's own id where no other sender can have it,
 * else with its provider before it. Two bots on Telegram count their updates alike, and a queue would drop one for the other's.
 */
export const eventMessageId = ({ provider, id }: { readonly provider: string; readonly id: string }): string =>
  messageId(provider === senderOfUuids || uniqueAnywhere.test(id) ? id : `${provider}:${id}`);
