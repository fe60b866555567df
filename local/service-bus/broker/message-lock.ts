import type { StoredMessage } from './stored-message.js';

/** One session held by one receiver: only it gets the session's messages, until it lets go or the time is over. */
export interface SessionLock {
  readonly sessionId: string;
  untilMs: number;
  /** The messages the holder has not settled, by lock token. */
  readonly messages: Map<string, StoredMessage>;
  /** Tells the holder that its time is over. */
  readonly onLost: () => void;
}

/** One message given to one receiver. In a session it lasts as long as the session's lock. */
export interface MessageLock {
  /** 32 hex digits: the lock token's 16 bytes in RFC 9562 order. */
  readonly token: string;
  readonly message: StoredMessage;
  readonly untilMs: number;
}

/** What a receiver decided about a message it holds. `count`: whether this delivery counts against the message. */
export type Settlement =
  | { readonly kind: 'complete' }
  | { readonly kind: 'abandon'; readonly count: boolean; readonly changes: MessageChanges }
  | { readonly kind: 'defer'; readonly changes: MessageChanges }
  | {
      readonly kind: 'dead-letter';
      readonly reason: string | undefined;
      readonly description: string | undefined;
      readonly changes: MessageChanges;
    };

/** Application properties to set on the message. */
export type MessageChanges = Readonly<Record<string, unknown>>;
