import { changeApplicationProperties } from '../amqp/change-application-properties.js';
import type { MessageContent } from '../amqp/message-content.js';
import type { MessageChanges, Settlement } from './message-lock.js';
import type { MessageShelf } from './message-shelf.js';
import type { StoredMessage } from './stored-message.js';

/** Where messages go that cannot be delivered. */
export interface DeadLetters {
  accept(message: StoredMessage, content: MessageContent): void;
}

interface OutcomeParts {
  readonly shelf: MessageShelf;
  /** Absent for a dead-letter queue: it keeps what it has. */
  readonly deadLetters: DeadLetters | undefined;
  readonly maxDeliveryCount: number;
  /** Says that a lane has messages to receive. */
  readonly announce: (lane: string) => void;
}

const timeOver = {
  DeadLetterReason: 'TTLExpiredException',
  DeadLetterErrorDescription: 'The message expired and was dead lettered.',
};

/** What becomes of a message that left its lane: gone, back in its place, set aside, or dead-lettered. */
export class MessageOutcomes {
  readonly #parts: OutcomeParts;

  constructor(parts: OutcomeParts) {
    this.#parts = parts;
  }

  settle(message: StoredMessage, settlement: Settlement): void {
    switch (settlement.kind) {
      case 'complete':
        this.#parts.shelf.remove(message);
        break;
      case 'abandon':
        this.giveBack(this.#change(message, settlement.changes), settlement.count);
        break;
      case 'defer':
        this.#parts.shelf.setAside(this.#change(message, settlement.changes));
        break;
      case 'dead-letter':
        this.#deadLetter(message, {
          ...settlement.changes,
          ...(settlement.reason === undefined ? {} : { DeadLetterReason: settlement.reason }),
          ...(settlement.description === undefined ? {} : { DeadLetterErrorDescription: settlement.description }),
        });
    }
  }

  /** `count`: whether the delivery that ended counts; the last one that may count dead-letters the message. */
  giveBack(message: StoredMessage, count: boolean): void {
    const { shelf, maxDeliveryCount, announce } = this.#parts;
    if (count) shelf.countDelivery(message);
    if (count && message.deliveryCount >= maxDeliveryCount) {
      this.#deadLetter(message, {
        DeadLetterReason: 'MaxDeliveryCountExceeded',
        DeadLetterErrorDescription: `Message could not be consumed after ${maxDeliveryCount} delivery attempts.`,
      });
      return;
    }
    shelf.putBack(message);
    if (message.placement === 'active') announce(shelf.laneOf(message));
  }

  expire(message: StoredMessage): void {
    this.#deadLetter(message, timeOver);
  }

  #change(message: StoredMessage, changes: MessageChanges): StoredMessage {
    if (Object.keys(changes).length === 0) return message;
    return this.#parts.shelf.rewrite(message, changeApplicationProperties(message.content, changes));
  }

  #deadLetter(message: StoredMessage, changes: MessageChanges): void {
    const { shelf, deadLetters } = this.#parts;
    if (deadLetters === undefined) {
      shelf.putBack(message);
      return;
    }
    deadLetters.accept(message, changeApplicationProperties(message.content, changes));
    shelf.remove(message);
  }
}
