import { hash } from 'node:crypto';

/** Service Bus takes no longer `messageId`. */
const maxMessageIdLength = 128;

/** The message id that stands for an event's id: the id itself, or its SHA-256 in hex when it is above 128 characters. */
export const messageId = (id: string): string => (id.length <= maxMessageIdLength ? id : hash('sha256', id, 'hex'));
