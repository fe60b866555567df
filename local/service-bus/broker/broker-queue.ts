import type { Clock } from '../../../src/time/clock.js';
import { ensureMessageId } from '../amqp/ensure-message-id.js';
import type { MessageContent } from '../amqp/message-content.js';
import { Alarm } from './alarm.js';
import { LockBook } from './lock-book.js';
import type { MessageLock, SessionLock, Settlement } from './message-lock.js';
import { type DeadLetters, MessageOutcomes } from './message-outcomes.js';
import { MessageShelf, onlyLane } from './message-shelf.js';
import type { QueueJournal, QueueRecord } from './queue-record.js';
import type { QueueState } from './queue-state.js';
import { SessionLocks } from './session-locks.js';
import type { StoredMessage } from './stored-message.js';

export interface QueueRules {
  readonly requiresSession: boolean;
  readonly requiresDuplicateDetection: boolean;
  readonly lockDurationMs: number;
  readonly maxDeliveryCount: number;
  readonly ttlMs?: number | undefined;
}

export interface QueueParts {
  readonly rules: QueueRules;
  readonly state: QueueState;
  readonly journal: QueueJournal;
  readonly nowMs: () => number;
  readonly startTimer: Clock['startTimer'];
  /** A lock token never given before: 32 hex digits. Message ids of senders that give none are made with it, too. */
  readonly newLockToken: () => string;
  readonly deadLetters?: DeadLetters;
}

/** One message on its way to one receiver. Without a lock (receive and delete) it has already left the queue. */
export interface Delivery {
  readonly message: StoredMessage;
  readonly lock: MessageLock | undefined;
}

export type ReceiveMode = 'peek-lock' | 'receive-and-delete';

/** Told, in the same turn, when something may be received that could not be before. */
export interface QueueListener {
  messagesWaiting(lane: string): void;
  sessionWaiting(): void;
}

/**
 * One queue (or dead-letter queue) and its rules: order, locks, sessions, delivery counts, duplicates, schedule. Knows
 * nothing of AMQP; time comes from outside. Every change is in the journal before a call returns.
 */
export class BrokerQueue {
  readonly rules: QueueRules;
  readonly state: QueueState;
  readonly #parts: QueueParts;
  readonly #shelf: MessageShelf;
  readonly #locks: LockBook;
  readonly #sessions = new SessionLocks();
  readonly #outcomes: MessageOutcomes;
  readonly #alarm: Alarm;
  #listener: QueueListener | undefined;

  constructor(parts: QueueParts) {
    const { rules, state, nowMs, startTimer, newLockToken, deadLetters } = parts;
    this.#parts = parts;
    this.rules = rules;
    this.state = state;
    const shelf = new MessageShelf({ ...parts, requiresSession: rules.requiresSession, ttlMs: rules.ttlMs });
    this.#shelf = shelf;
    this.#locks = new LockBook({ lockDurationMs: rules.lockDurationMs, newLockToken });
    const announce = (lane: string) => this.#announce(lane);
    this.#outcomes = new MessageOutcomes({ shelf, deadLetters, maxDeliveryCount: rules.maxDeliveryCount, announce });
    this.#alarm = new Alarm({ startTimer, nowMs, onDue: (dueMs) => this.#onDue(dueMs) });
    if (rules.requiresSession) for (const lane of shelf.lanes()) this.#sessions.markReady(lane);
    this.#wakeBy(shelf.nextDueMs());
  }

  listen(listener: QueueListener): void {
    this.#listener = listener;
  }

  stop(): void {
    this.#alarm.stop();
  }

  /** How many messages receivers hold. */
  lockedCount(): number {
    return this.#locks.size + this.#sessions.heldMessages();
  }

  /** Takes a message in and gives it an id if it has none. An id seen within the window makes it a duplicate: dropped, though its sender may go on. */
  send(sent: MessageContent): StoredMessage | 'duplicate' {
    const nowMs = this.#parts.nowMs();
    const content = ensureMessageId(sent, this.#parts.newLockToken);
    const { messageId, scheduledForMs } = content;
    if (this.rules.requiresDuplicateDetection && messageId !== undefined && this.state.hasSeen(messageId, nowMs)) {
      return 'duplicate';
    }
    const later = scheduledForMs !== undefined && scheduledForMs > nowMs ? scheduledForMs : undefined;
    const message = this.#shelf.add({ content, nowMs, scheduledForMs: later });
    if (later === undefined) this.#announce(this.#shelf.laneOf(message));
    this.#wakeBy(later);
    return message;
  }

  /** Takes in what another queue could not deliver. Its time to live no longer counts here. */
  accept({ sequenceNumber, deliveryCount }: StoredMessage, content: MessageContent): void {
    const nowMs = this.#parts.nowMs();
    this.#shelf.add({ content, nowMs, enqueuedSequenceNumber: sequenceNumber, deliveryCount, neverExpires: true });
    this.#announce(onlyLane);
  }

  cancelScheduled(sequenceNumber: number): boolean {
    const message = this.state.message(sequenceNumber);
    if (message?.placement !== 'scheduled') return false;
    this.#shelf.remove(message);
    return true;
  }

  /** The next waiting message of the queue, or of the session held. */
  receive(mode: ReceiveMode, session?: SessionLock): Delivery | undefined {
    const nowMs = this.#parts.nowMs();
    const lane = session?.sessionId ?? onlyLane;
    for (;;) {
      const message = this.#shelf.takeNext(lane);
      if (message === undefined) return undefined;
      if (message.expiresAtMs === undefined || message.expiresAtMs > nowMs) return this.#give(message, mode, session);
      this.#outcomes.expire(message);
    }
  }

  /** A message set aside, by its number; undefined when there is none or another receiver holds it. */
  receiveDeferred(sequenceNumber: number, mode: ReceiveMode, session?: SessionLock): Delivery | undefined {
    const message = this.state.message(sequenceNumber);
    if (message?.placement !== 'deferred' || this.#locks.holdsAside(message)) return undefined;
    if (session !== undefined && this.#shelf.laneOf(message) !== session.sessionId) return undefined;
    return this.#give(message, mode, session);
  }

  /** Carries out a receiver's decision. False when its lock is over or was never given. */
  settle(token: string, settlement: Settlement, session?: SessionLock): boolean {
    const message = this.#locks.release(token, this.#parts.nowMs(), session);
    if (message !== undefined) this.#outcomes.settle(message, settlement);
    return message !== undefined;
  }

  /** Starts a message lock's time again and answers when it ends; undefined when it is over. */
  renewLock(token: string): number | undefined {
    return this.#locks.renew(token, this.#parts.nowMs());
  }

  /** Holds `sessionId`, or whichever session has waited longest; undefined when it is held or none waits. */
  acceptSession(sessionId: string | undefined, onLost: () => void): SessionLock | undefined {
    const chosen = sessionId ?? this.#sessions.nextReady();
    if (chosen === undefined || this.#sessions.held(chosen) !== undefined) return undefined;
    const lock: SessionLock = { sessionId: chosen, untilMs: this.#sessionEndMs(), messages: new Map(), onLost };
    this.#sessions.hold(lock);
    this.#wakeBy(lock.untilMs);
    return lock;
  }

  heldSession(sessionId: string): SessionLock | undefined {
    return this.#sessions.held(sessionId);
  }

  renewSession(lock: SessionLock): number {
    lock.untilMs = this.#sessionEndMs();
    this.#sessions.hold(lock);
    return lock.untilMs;
  }

  /** Lets a session go. Its unsettled messages return to their places, and this delivery does not count. */
  releaseSession(lock: SessionLock): void {
    if (this.#sessions.release(lock)) this.#freeSession(lock, false);
  }

  setSessionState(sessionId: string, state: Buffer | undefined): void {
    const record: QueueRecord = { kind: 'session-state', sessionId, state };
    this.state.apply(record);
    this.#parts.journal.append(record);
  }

  #give(message: StoredMessage, mode: ReceiveMode, session: SessionLock | undefined): Delivery {
    if (mode === 'receive-and-delete') {
      this.#shelf.remove(message);
      return { message, lock: undefined };
    }
    const lock = this.#locks.hold(message, this.#parts.nowMs(), session);
    this.#wakeBy(lock.untilMs);
    return { message, lock };
  }

  #freeSession(lock: SessionLock, count: boolean): void {
    for (const message of this.#locks.takeAll(lock)) this.#outcomes.giveBack(message, count);
    if (this.#shelf.hasWaiting(lock.sessionId)) this.#announce(lock.sessionId);
  }

  #announce(lane: string): void {
    if (this.rules.requiresSession && this.#sessions.markReady(lane)) this.#listener?.sessionWaiting();
    else this.#listener?.messagesWaiting(lane);
  }

  #sessionEndMs(): number {
    return this.#parts.nowMs() + this.rules.lockDurationMs;
  }

  #wakeBy(deadlineMs: number | undefined): void {
    if (deadlineMs !== undefined) this.#alarm.wakeBy(deadlineMs);
  }

  #onDue(nowMs: number): number | undefined {
    for (const message of this.#locks.takeEnded(nowMs)) this.#outcomes.giveBack(message, true);
    for (const lock of this.#sessions.takeEnded(nowMs)) {
      this.#freeSession(lock, true);
      lock.onLost();
    }
    for (const message of this.#shelf.activateDue(nowMs)) this.#announce(this.#shelf.laneOf(message));
    const deadlines = [this.#locks.nextEndMs(), this.#sessions.nextEndMs(), this.#shelf.nextDueMs()];
    const nextMs = Math.min(...deadlines.map((deadlineMs) => deadlineMs ?? Number.POSITIVE_INFINITY));
    return Number.isFinite(nextMs) ? nextMs : undefined;
  }
}
