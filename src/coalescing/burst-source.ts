import type { QueueMessage } from '../routing/event-queue.js';

/** An event of a session whose burst is not over, or not sent on yet. */
export interface WaitingEvent {
  readonly message: QueueMessage;
  /** Grows in the order in which events become due. */
  readonly sequence: number;
  /** By the broker's clock: when it became due, or will. */
  readonly dueAtMs: number;
  /** Whether it is due: its quiet time is over. */
  readonly isDue: boolean;
}

/** One session, held by this instance alone until it is closed or its lock ends. */
export interface HeldSession {
  readonly sessionId: string;
  /** All that waits, in the order of `sequence`. Looking wears nothing out. */
  waiting(signal: AbortSignal): Promise<readonly WaitingEvent[]>;
  /** What the broker keeps beside the session. */
  readState(signal: AbortSignal): Promise<Buffer | undefined>;
  writeState(state: Buffer | undefined, signal: AbortSignal): Promise<void>;
  /** Takes out so many of what is due, the oldest first and one after another. */
  complete(count: number, signal: AbortSignal): Promise<void>;
  /** Lets others have it. Never rejects. */
  close(): Promise<void>;
}

/** What waits in a burst queue, of its first hundred events. */
export interface BurstCount {
  readonly bursts: number;
  /** When the oldest became or becomes due, by the broker's clock. Absent: there is none. */
  readonly oldestDueAtMs?: number;
}

export const mostCounted = 100;

/** Where events wait until their burst is over. Throws `QueueError` and nothing else. */
export interface BurstSource {
  /** Holds a session of which something is due and that nobody holds; `undefined`: there is none. */
  next(queue: string, signal: AbortSignal): Promise<HeldSession | undefined>;
  /** Only peeks, and locks nothing. */
  count(queue: string, signal: AbortSignal): Promise<BurstCount>;
}
