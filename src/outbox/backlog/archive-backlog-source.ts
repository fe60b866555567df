/** One message of the archive backlog, locked for whoever received it. */
export interface BackloggedMessage {
  /** The encoded envelope, as `buildBacklogMessage` wrote it. */
  readonly body: Buffer;
  readonly applicationProperties: Readonly<Record<string, string>>;
  /** How often it was received. */
  readonly deliveries: number;
  /** Ends the message. Throws `QueueError`: `refused` when the lock was lost. */
  complete(signal: AbortSignal): Promise<void>;
  /** Gives it back at once. */
  abandon(signal: AbortSignal): Promise<void>;
  /** Puts it aside for good. */
  deadLetter(reason: string, signal: AbortSignal): Promise<void>;
}

/** A message that was looked at only. */
export type PeekedMessage = Pick<BackloggedMessage, 'applicationProperties'>;

/** A receiving link to the backlog. */
export interface BacklogLink {
  /** Up to `limit` messages, locked; none when none came within a second. Throws `QueueError`. */
  receive(limit: number, signal: AbortSignal): Promise<readonly BackloggedMessage[]>;
  /** How many messages there are, those that anybody has locked too; `limit` stands for that many or more. Throws `QueueError`. */
  count(limit: number, signal: AbortSignal): Promise<number>;
  /**
   * The next `limit` messages from the oldest on, those that anybody has locked too, without locking any; the next call goes on after them. None: there
   * are no more. Throws `QueueError`.
   */
  peek(limit: number, signal: AbortSignal): Promise<readonly PeekedMessage[]>;
  /** Ends the link. Never throws. */
  close(): Promise<void>;
}

/** Where the archive backlog is received from. Opening touches no network. */
export interface ArchiveBacklogSource {
  open(): BacklogLink;
}
