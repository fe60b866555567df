import type { MessageContent } from '../amqp/message-content.js';
import { DueMessages } from './due-messages.js';
import { Lane } from './lane.js';
import type { QueueJournal, QueueRecord } from './queue-record.js';
import type { QueueState } from './queue-state.js';
import type { StoredMessage } from './stored-message.js';

interface ShelfParts {
  readonly state: QueueState;
  readonly journal: QueueJournal;
  readonly requiresSession: boolean;
  readonly ttlMs: number | undefined;
}

/** What a new message brings along. */
export interface Arrival {
  readonly content: MessageContent;
  readonly nowMs: number;
  readonly scheduledForMs?: number | undefined;
  readonly enqueuedSequenceNumber?: number;
  readonly deliveryCount?: number;
  /** Dead letters wait for a person, however long that takes. */
  readonly neverExpires?: boolean;
}

/** The lane of a queue without sessions. */
export const onlyLane = '';

/** A queue's messages: kept in its durable state and journal, and lined up by session in the order they came. */
export class MessageShelf {
  readonly #parts: ShelfParts;
  readonly #lanes = new Map<string, Lane>();
  readonly #due = new DueMessages();

  constructor(parts: ShelfParts) {
    this.#parts = parts;
    for (const message of parts.state.messages()) this.#lineUp(message);
  }

  add(arrival: Arrival): StoredMessage {
    const { content, nowMs, scheduledForMs, enqueuedSequenceNumber, deliveryCount = 0, neverExpires } = arrival;
    const sequenceNumber = this.#parts.state.nextSequenceNumber;
    const message: StoredMessage = {
      sequenceNumber,
      enqueuedSequenceNumber: enqueuedSequenceNumber ?? sequenceNumber,
      enqueuedAtMs: nowMs,
      scheduledForMs,
      expiresAtMs: neverExpires === true ? undefined : this.#expiry(content, scheduledForMs ?? nowMs),
      content,
      deliveryCount,
      placement: scheduledForMs === undefined ? 'active' : 'scheduled',
    };
    this.#record({ kind: 'stored', message });
    this.#lineUp(message);
    return message;
  }

  laneOf(message: StoredMessage): string {
    return this.#parts.requiresSession ? (message.content.sessionId ?? onlyLane) : onlyLane;
  }

  lanes(): IterableIterator<string> {
    return this.#lanes.keys();
  }

  hasWaiting(lane: string): boolean {
    return this.#lanes.has(lane);
  }

  takeNext(lane: string): StoredMessage | undefined {
    const messages = this.#lanes.get(lane);
    const message = messages?.take();
    if (messages?.size === 0) this.#lanes.delete(lane);
    return message;
  }

  /** Puts a message that was taken where it stood; one that is set aside stays so. */
  putBack(message: StoredMessage): void {
    if (message.placement === 'active') this.#lane(this.laneOf(message)).giveBack(message);
  }

  remove({ sequenceNumber }: StoredMessage): void {
    this.#record({ kind: 'removed', sequenceNumber });
  }

  countDelivery({ sequenceNumber, deliveryCount }: StoredMessage): void {
    this.#record({ kind: 'counted', sequenceNumber, deliveryCount: deliveryCount + 1 });
  }

  setAside({ sequenceNumber }: StoredMessage): void {
    this.#record({ kind: 'deferred', sequenceNumber });
  }

  /** Replaces what a message carries; everything else about it stays. */
  rewrite(message: StoredMessage, content: MessageContent): StoredMessage {
    const rewritten = { ...message, content };
    this.#record({ kind: 'stored', message: rewritten });
    return rewritten;
  }

  nextDueMs(): number | undefined {
    return this.#due.nextMs();
  }

  /** Appends every scheduled message that is due to the queue, under a new sequence number as Service Bus does. */
  activateDue(nowMs: number): readonly StoredMessage[] {
    const activated: StoredMessage[] = [];
    for (const sequenceNumber of this.#due.takeDue(nowMs)) {
      const message = this.#parts.state.message(sequenceNumber);
      if (message === undefined) continue;
      activated.push(this.add({ content: message.content, nowMs, enqueuedSequenceNumber: sequenceNumber }));
      this.remove(message);
    }
    return activated;
  }

  #expiry(content: MessageContent, fromMs: number): number | undefined {
    const ttlMs = Math.min(content.ttlMs ?? Number.POSITIVE_INFINITY, this.#parts.ttlMs ?? Number.POSITIVE_INFINITY);
    return Number.isFinite(ttlMs) ? fromMs + ttlMs : undefined;
  }

  #lineUp(message: StoredMessage): void {
    const { placement, sequenceNumber, scheduledForMs } = message;
    if (placement === 'active') this.#lane(this.laneOf(message)).push(message);
    if (placement === 'scheduled') this.#due.add({ atMs: scheduledForMs ?? 0, sequenceNumber });
  }

  #lane(key: string): Lane {
    const present = this.#lanes.get(key);
    if (present !== undefined) return present;
    const lane = new Lane();
    this.#lanes.set(key, lane);
    return lane;
  }

  #record(record: QueueRecord): void {
    this.#parts.state.apply(record);
    this.#parts.journal.append(record);
  }
}
