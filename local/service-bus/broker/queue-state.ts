import { DuplicateHistory } from './duplicate-history.js';
import type { QueueRecord } from './queue-record.js';
import type { StoredMessage } from './stored-message.js';

/** All of one queue that outlives the process: what its records, applied in order, amount to. */
export class QueueState {
  readonly #messages = new Map<number, StoredMessage>();
  readonly #sessionStates = new Map<string, Buffer>();
  readonly #history: DuplicateHistory;
  #nextSequenceNumber = 1;
  #bytes = 0;

  constructor(duplicateWindowMs: number) {
    this.#history = new DuplicateHistory(duplicateWindowMs);
  }

  get nextSequenceNumber(): number {
    return this.#nextSequenceNumber;
  }

  /** The encoded size of all messages. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Every message in order of its sequence number. */
  messages(): IterableIterator<StoredMessage> {
    return this.#messages.values();
  }

  message(sequenceNumber: number): StoredMessage | undefined {
    return this.#messages.get(sequenceNumber);
  }

  sessionState(sessionId: string): Buffer | undefined {
    return this.#sessionStates.get(sessionId);
  }

  sessionsWithState(): IterableIterator<string> {
    return this.#sessionStates.keys();
  }

  hasSeen(messageId: string, nowMs: number): boolean {
    return this.#history.has(messageId, nowMs);
  }

  /** Until a restart, which reads of them in the journal. */
  forgetDuplicates(): void {
    this.#history.clear();
  }

  apply(record: QueueRecord): void {
    switch (record.kind) {
      case 'stored':
        this.#store(record.message);
        break;
      case 'removed':
        this.#remove(record.sequenceNumber);
        break;
      case 'counted':
        this.#change(record.sequenceNumber, { deliveryCount: record.deliveryCount });
        break;
      case 'deferred':
        this.#change(record.sequenceNumber, { placement: 'deferred' });
        break;
      case 'session-state':
        this.#setSessionState(record.sessionId, record.state);
        break;
      case 'remembered':
        this.#history.remember(record.messageId, record.atMs);
        break;
      case 'sequence':
        this.#nextSequenceNumber = Math.max(this.#nextSequenceNumber, record.next);
        break;
    }
  }

  /** The fewest records that lead to this state. */
  *snapshot(): Generator<QueueRecord> {
    for (const [messageId, atMs] of this.#history.entries()) yield { kind: 'remembered', messageId, atMs };
    for (const [sessionId, state] of this.#sessionStates) yield { kind: 'session-state', sessionId, state };
    for (const message of this.#messages.values()) yield { kind: 'stored', message };
    yield { kind: 'sequence', next: this.#nextSequenceNumber };
  }

  #store(message: StoredMessage): void {
    const { sequenceNumber, content, enqueuedAtMs } = message;
    this.#bytes += content.raw.length - (this.#messages.get(sequenceNumber)?.content.raw.length ?? 0);
    this.#messages.set(sequenceNumber, message);
    this.#nextSequenceNumber = Math.max(this.#nextSequenceNumber, sequenceNumber + 1);
    if (content.messageId !== undefined) this.#history.remember(content.messageId, enqueuedAtMs);
  }

  #remove(sequenceNumber: number): void {
    this.#bytes -= this.#messages.get(sequenceNumber)?.content.raw.length ?? 0;
    this.#messages.delete(sequenceNumber);
  }

  #setSessionState(sessionId: string, state: Buffer | undefined): void {
    if (state === undefined) this.#sessionStates.delete(sessionId);
    else this.#sessionStates.set(sessionId, state);
  }

  #change(sequenceNumber: number, fields: Partial<Pick<StoredMessage, 'deliveryCount' | 'placement'>>): void {
    const message = this.#messages.get(sequenceNumber);
    if (message !== undefined) Object.assign(message, fields);
  }
}
