import { hash } from 'node:crypto';

/** Service Bus takes no longer `messageId`. */
const maxMessageIdLength = 128;

/** A text as a message id: itself, or its SHA-256 in hex when it is above 128 characters. */
const fitted = (text: string): string => (text.length <= maxMessageIdLength ? text : hash('sha256', text, 'hex'));

/** What tells one message from another: the same bytes under the same id on the same route. */
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
 * A message id that no queue has seen yet, for wanted reprocessing: one for each archived copy and command. Under the same
 * `command` the same copy gets the same one.
 */
export const forcedMessageId = (command: string, archiveName: string): string =>
  hash('sha256', JSON.stringify([command, archiveName]), 'hex');
